package soak

import (
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testfault"
	"github.com/stay-sidekick/profile-server/test/support/testload"
)

// fault is something that goes wrong and then well again.
type fault struct {
	name string
	// happen returns when the cause is gone.
	happen func(h *house)
	// cuts tells that requests without an answer are part of it.
	cuts bool
	// tries is how often it happens at most, 0 for once. Where the machine stands
	// still while connections are drained, requests are cut, so only most of the
	// tries must cut none.
	tries int
}

var faults = []fault{
	{name: "PostgreSQL killed (SIGKILL), started again", happen: func(h *house) {
		h.must(h.database.Crash())
		h.must(h.database.Resume(h.t.Context()))
	}},
	{name: "PostgreSQL stopped, started again", happen: func(h *house) {
		h.must(h.database.Halt())
		time.Sleep(h.hold)
		h.must(h.database.Resume(h.t.Context()))
	}},
	{name: "network to PostgreSQL silent", happen: func(h *house) {
		h.network.Freeze()
		time.Sleep(h.hold)
		h.network.Thaw()
	}},
	{name: "every connection to PostgreSQL cut", happen: func(h *house) { h.network.Cut() }},
	{name: "a replica killed (SIGKILL), started again", cuts: true, happen: func(h *house) {
		h.replicas[0].Load().Kill()
		h.start(0)
	}},
	{name: "a replica stopped (SIGTERM), started again", tries: 3, happen: func(h *house) {
		process := h.replicas[1].Load()
		h.load.HoldPasswords(func() {
			if code, took := process.Terminate(h.t); code != 0 || took > 10*time.Second {
				h.t.Errorf("SIGTERM: exit code %d after %s\n%s", code, took, process.Log())
			}
		})
		h.start(1)
	}},
	{name: "a company's row locked by somebody else", happen: func(h *house) {
		release := testfault.HoldCompany(h.t, h.inside, h.load.Company())
		time.Sleep(h.hold)
		release()
	}},
	{name: "disk full", happen: func(h *house) {
		testfault.DiskFull(h.t, h.inside, testfault.AtStatement)
		time.Sleep(h.hold)
		testfault.DiskFree(h.t, h.inside)
	}},
	{name: "database read-only", happen: func(h *house) {
		testfault.SetReadOnly(h.t, h.inside, true)
		time.Sleep(h.hold)
		testfault.SetReadOnly(h.t, h.inside, false)
	}},
}

// result is what the clients felt of a fault, each time that it happened.
type result struct {
	times         int
	writes, reads testload.Tally
	// cut tells that most tries of a time cut requests.
	cut bool
	// recovery is the longest time from the end of the cause until every
	// replica was ready and saves were acknowledged.
	recovery time.Duration
}

// suffer lets a fault happen and waits until all is well.
func (h *house) suffer(f fault, r *result) {
	h.t.Helper()
	clean, cutting := 0, 0
	for clean <= f.tries/2 && cutting <= f.tries/2 {
		f.happen(h)
		took := h.eventually("the replicas are ready after: "+f.name, h.ready)
		enough := h.load.Acknowledged() + some
		took += h.eventually("saves are acknowledged after: "+f.name, func() bool { return h.load.Acknowledged() >= enough })
		writes, reads := h.load.Writes.Take(), h.load.Reads.Take()
		if writes.Of(testload.Cut)+reads.Of(testload.Cut) == 0 {
			clean++
		} else {
			cutting++
		}
		r.times++
		r.recovery = max(r.recovery, took)
		r.writes, r.reads = r.writes.Plus(writes), r.reads.Plus(reads)
	}
	r.cut = r.cut || cutting > clean
}
