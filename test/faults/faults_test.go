package faults

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testload"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// fault is a temporary fault.
type fault struct {
	name string
	// inject returns after the end of the fault.
	inject func(c *cluster)
	// cuts is true for a fault that cuts requests. A cut may be counted just after it.
	cuts bool
	// stopsWrites and stopsReads are true for a fault that makes requests unavailable.
	// Then one that stops only writes must not affect reads.
	stopsWrites, stopsReads bool
	// tries is the maximum number of injections, 0 for one. When the machine pauses
	// while the server drains connections, requests are cut. So only most of the
	// tries must cut none.
	tries int
}

var noFault = fault{name: "none", cuts: true, inject: func(c *cluster) { time.Sleep(c.between) }}

var faults = []fault{
	{name: "PostgreSQL killed (SIGKILL), started again", inject: func(c *cluster) {
		c.must(c.database.Crash())
		c.must(c.database.Resume(c.t.Context()))
	}},
	{name: "PostgreSQL stopped, started again", stopsWrites: true, stopsReads: true, inject: outage(func(c *cluster) (end func()) {
		c.must(c.database.Halt())
		return func() { c.must(c.database.Resume(c.t.Context())) }
	})},
	{name: "network to PostgreSQL frozen", stopsWrites: true, stopsReads: true, inject: outage(func(c *cluster) (end func()) {
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
				c.t.Errorf("SIGTERM: exit code %d after %s", code, took)
			}
		})
		c.start(1)
	}},
	{name: "a company's row locked by another session", stopsWrites: true, inject: lasting(func(c *cluster) (end func()) {
		return lockCompany(c.t, c.direct, c.load.Company())
	})},
	{name: "a statement takes a minute", stopsWrites: true, inject: lasting(func(c *cluster) (end func()) {
		return createTrigger(c.t, c.direct, atStatement, "perform pg_sleep(60); return new")
	})},
	{name: "disk full", stopsWrites: true, inject: lasting(func(c *cluster) (end func()) {
		return createTrigger(c.t, c.direct, atCommit, diskFull)
	})},
	{name: "database read-only", stopsWrites: true, inject: lasting(func(c *cluster) (end func()) {
		return setReadOnly(c.t, c.direct)
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

// outage returns a fault of the duration hold during which /readyz must have status 503.
func outage(begin func(c *cluster) (end func())) func(*cluster) {
	return func(c *cluster) {
		end := begin(c)
		url := c.replicas[0].Load().URL
		unready := func() bool { return status(url+"/readyz") == http.StatusServiceUnavailable }
		testtime.Eventually(c.t, "/readyz has status 503", unready)
		var took []time.Duration
		for start := time.Now(); time.Since(start) < c.hold; time.Sleep(50 * time.Millisecond) {
			took = append(took, testtime.Elapsed(func() {
				if !unready() {
					c.t.Error("/readyz does not have status 503 in the outage")
				}
			}))
		}
		slices.Sort(took)
		if median := took[len(took)/2]; median > maxReadWait || status(url+"/healthz") != http.StatusOK {
			c.t.Errorf("/readyz took %s in the outage, or /healthz failed", median)
		}
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

// take adds the results since the last call.
func (r *result) take(load *testload.Load) (cut bool) {
	writes, reads := load.Take()
	r.writes, r.reads = append(r.writes, writes...), append(r.reads, reads...)
	return writes.Of(testload.Cut)+reads.Of(testload.Cut) > 0
}

// inject injects a fault and waits until the service has recovered.
func (c *cluster) inject(f fault, r *result) {
	c.t.Helper()
	clean, cutting := 0, 0
	for clean <= f.tries/2 && cutting <= f.tries/2 {
		f.inject(c)
		took := testtime.Eventually(c.t, "the replicas are ready after: "+f.name, c.ready)
		r.recovery = max(r.recovery, took+c.load.AwaitSaves(c.t, someSaves))
		r.times++
		if r.take(c.load) {
			cutting++
		} else {
			clean++
		}
	}
	r.cut = r.cut || cutting > clean
}

// check checks that a fault had the effects that it may and must have.
func (r *result) check(t *testing.T, f fault) {
	t.Helper()
	if all := slices.Concat(r.writes, r.reads); all.Of(testload.Wrong) > 0 || r.cut && !f.cuts {
		t.Errorf("%s: %s: %q", f.name, all, all.Examples())
	}
	if f.stopsWrites && r.writes.Of(testload.Unavailable) == 0 {
		t.Errorf("%s: no write was unavailable: %s", f.name, r.writes)
	}
	if f.stopsReads && (r.reads.Of(testload.Unavailable) == 0 || r.reads.Wait(0.5) > maxReadWait) {
		t.Errorf("%s: no read was unavailable, or too late: %s", f.name, r.reads)
	}
	if f.stopsWrites && !f.stopsReads && r.reads.AtOnce() {
		t.Errorf("%s: a read was unavailable: %s", f.name, r.reads)
	}
}
