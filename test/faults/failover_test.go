package faults

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/app"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testload"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// The primary is killed under load and a synchronous standby is promoted. The server
// has the addresses of both, as docs/operations.md says, that of the standby first. It
// runs in this process, so that the race detector sees it under a fault.
func TestFailoverToAnotherHost(t *testing.T) {
	t.Parallel()
	primary := testdb.Server(t)
	toPrimary := testdb.NewProxy(t, primary.URL())
	standby := primary.Standby(t, toPrimary.URL)
	toStandby := testdb.NewProxy(t, standby.URL())

	both := strings.Replace(toStandby.URL, toStandby.Address, toStandby.Address+","+toPrimary.Address, 1)
	pool, err := db.NewPool(context.Background(), both+"&target_session_attrs=read-write")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	server := testserver.With(t, pool, app.Options{Timeouts: db.DefaultTimeouts})
	load := testload.New(t, pool, companies)
	stop := load.Start(t, func() string { return server.URL })
	load.AwaitSaves(t, someSaves)
	awaitReady := func(want int) time.Duration {
		return testtime.Eventually(t, fmt.Sprint("/readyz has status ", want), func() bool { return status(server.URL+"/readyz") == want })
	}

	if err := primary.Crash(); err != nil {
		t.Fatal(err)
	}
	awaitReady(503)
	standby.Promote(t)
	ready := awaitReady(200)
	took := ready + load.AwaitSaves(t, someSaves)
	t.Logf("figure: %s: ready %s and %d saves %s after the promotion", t.Name(), ready.Round(time.Millisecond), someSaves, took.Round(time.Millisecond))
	stop()

	writes, reads := load.Take()
	writes.WantAtMostUnavailable(t, "writes")
	reads.WantAtMostUnavailable(t, "reads")
	if writes.Of(testload.Unavailable) == 0 {
		t.Error("no write was unavailable")
	}
	load.MustFindAll(t, pool)
	testtime.Eventually(t, "all connections are released", func() bool { return pool.Stat().AcquiredConns() == 0 })
	if err := primary.Resume(t.Context()); err != nil { // its cleanup stops it
		t.Fatal(err)
	}
}
