package soak

import (
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testfault"
	"github.com/stay-sidekick/profile-server/test/support/testload"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// fault is a temporary fault.
type fault struct {
	name string
	// inject returns after the end of the fault.
	inject func(c *cluster)
	// cuts is true for a fault that cuts requests.
	cuts bool
	// onlyWrites is true for a fault that must not affect reads.
	onlyWrites bool
	// tries is the maximum number of injections, 0 for one. When the machine pauses
	// while the server drains connections, requests are cut. So only most of the
	// tries must cut none.
	tries int
}

var faults = []fault{
	{name: "PostgreSQL killed (SIGKILL), started again", inject: func(c *cluster) {
		c.must(c.database.Crash())
		c.must(c.database.Resume(c.t.Context()))
	}},
	{name: "PostgreSQL stopped, started again", inject: lasting(func(c *cluster) (end func()) {
		c.must(c.database.Halt())
		return func() { c.must(c.database.Resume(c.t.Context())) }
	})},
	{name: "network to PostgreSQL frozen", inject: lasting(func(c *cluster) (end func()) {
		c.network.Freeze()
		return c.network.Thaw
	})},
	{name: "every connection to PostgreSQL cut", inject: func(c *cluster) { c.network.Cut() }},
	{name: "a replica killed (SIGKILL), started again", cuts: true, inject: func(c *cluster) {
		c.replicas[0].Load().Kill()
		c.start(0)
	}},
	{name: "a replica stopped (SIGTERM), started again", tries: 3, inject: func(c *cluster) {
		process := c.replicas[1].Load()
		c.load.HoldPasswords(func() {
			if code, took := process.Terminate(c.t); code != 0 || took > 10*time.Second {
				c.t.Errorf("SIGTERM: exit code %d after %s\n%s", code, took, process.Log())
			}
		})
		c.start(1)
	}},
	{name: "a company's row locked by another session", inject: lasting(func(c *cluster) (end func()) {
		return testfault.HoldCompany(c.t, c.direct, c.load.Company())
	})},
	{name: "disk full", onlyWrites: true, inject: lasting(func(c *cluster) (end func()) {
		return testfault.DiskFull(c.t, c.direct, testfault.AtStatement)
	})},
	{name: "database read-only", onlyWrites: true, inject: lasting(func(c *cluster) (end func()) {
		return testfault.ReadOnly(c.t, c.direct)
	})},
}

// lasting returns a fault of the duration hold.
func lasting(begin func(c *cluster) (end func())) func(*cluster) {
	return func(c *cluster) {
		end := begin(c)
		time.Sleep(c.hold)
		end()
	}
}

// result is the effect of all injections of a fault on the clients.
type result struct {
	times         int
	writes, reads testload.Tally
	// cut is true when most of the tries cut requests.
	cut bool
	// recovery is the longest time from the end of the fault until every replica
	// was ready and saves were acknowledged.
	recovery time.Duration
}

// inject injects a fault and waits until the service has recovered.
func (c *cluster) inject(f fault, r *result) {
	c.t.Helper()
	clean, cutting := 0, 0
	for clean <= f.tries/2 && cutting <= f.tries/2 {
		f.inject(c)
		took := testtime.Eventually(c.t, "the replicas are ready after: "+f.name, c.ready)
		enough := c.load.Acknowledged() + someSaves
		took += testtime.Eventually(c.t, "saves are acknowledged after: "+f.name, func() bool { return c.load.Acknowledged() >= enough })
		writes, reads := c.load.Writes.Take(), c.load.Reads.Take()
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
