// Package faults injects faults into PostgreSQL, its network and the server process
// under load, and checks the responses and the stored data.
package faults

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/app"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testload"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestMain(m *testing.M) {
	os.Exit(testprogram.Main(func() int { return testdb.Main(m) }))
}

const (
	// maxReadWait is the bound for the response that the database is unavailable.
	// The server promises two seconds; a machine busy with tests needs more.
	maxReadWait = 6 * time.Second
	// maxSaveWait is the bound for a save, which waits for the database more than
	// once.
	maxSaveWait = 25 * time.Second
	// companies is the number of companies of a load, each with four writers and a
	// reader.
	companies = 2
	// someSaves are enough saves for a load to be running.
	someSaves = 40
)

// loadRun is a load on a server with real timeouts.
type loadRun struct {
	*testload.Load
	t      *testing.T
	server *testserver.Server
	stop   func()
}

// startLoad starts a load on a server on the database at url, and returns after
// the first saves.
func startLoad(t *testing.T, url string) *loadRun {
	t.Helper()
	server := testserver.With(t, open(t, url), app.Options{Timeouts: db.DefaultTimeouts})
	run := &loadRun{t: t, server: server, Load: testload.New(t, server.Pool, companies)}
	run.stop = run.Start(t, func(int) string { return server.URL })
	run.awaitSaves(someSaves)
	return run
}

// finish stops the load after further saves. No request may have a worse outcome
// than Unavailable, no acknowledged save may be lost, and all connections must be
// released.
func (r *loadRun) finish() {
	r.t.Helper()
	r.awaitSaves(someSaves)
	r.stop()
	writes, reads := r.Writes.Take(), r.Reads.Take()
	wantAtMostUnavailable(r.t, "writes", writes)
	wantAtMostUnavailable(r.t, "reads", reads)
	if writes.Of(testload.Unavailable) == 0 {
		r.t.Error("no write was unavailable")
	}
	r.MustFindAll(r.t, r.server.Pool)
	wantAllReleased(r.t, r.server.Pool)
}

// awaitReady waits until /readyz has the given status and returns the duration.
func (r *loadRun) awaitReady(status int) time.Duration {
	r.t.Helper()
	return testtime.Eventually(r.t, fmt.Sprintf("/readyz has status %d", status), func() bool { return get(r.server.URL+"/readyz") == status })
}

// awaitSaves waits for further acknowledged saves.
func (r *loadRun) awaitSaves(saves int) {
	r.t.Helper()
	enough := r.Acknowledged() + saves
	testtime.Eventually(r.t, "saves are acknowledged", func() bool { return r.Acknowledged() >= enough })
}

// wantAtMostUnavailable checks that no request had a worse outcome than
// Unavailable.
func wantAtMostUnavailable(t *testing.T, what string, tally testload.Tally) {
	t.Helper()
	t.Logf("figure: %s: %s: %s", t.Name(), what, tally)
	if tally.Of(testload.Wrong)+tally.Of(testload.Cut)+tally.Of(testload.Refused) > 0 {
		t.Errorf("%s: %s: %q", what, tally, tally.Examples)
	}
}

// wantAllReleased checks that every connection is released to the pool.
func wantAllReleased(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	testtime.Eventually(t, "all connections are released", func() bool { return pool.Stat().AcquiredConns() == 0 })
}

// open returns a pool with the server's settings.
func open(t *testing.T, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := db.NewPool(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// get returns the status of a page, 0 without a response.
func get(url string) int {
	client := http.Client{Timeout: testtime.MaxWait}
	response, err := client.Get(url)
	if err != nil {
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// running reports whether another session of the database runs a statement.
func running(t *testing.T, pool *pgxpool.Pool) bool {
	t.Helper()
	return testdb.Value[bool](t, pool, `select exists (select from pg_stat_activity
		where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid() and state = 'active')`)
}

// wantCompanyData checks that the data of a company did not change.
func wantCompanyData(t *testing.T, pool *pgxpool.Pool, company uuid.UUID, want string) {
	t.Helper()
	if got := testdb.CompanyData(t, pool, company); got != want {
		t.Errorf("before:\n%s\nafter:\n%s", want, got)
	}
}

func wantUnavailable(t *testing.T, result testload.Result) {
	t.Helper()
	if result.Outcome != testload.Unavailable {
		t.Errorf("want an unavailable response: %s", result.Text)
	}
	if result.Took > maxSaveWait {
		t.Errorf("the response took %s", result.Took)
	}
}

func wantAnswered(t *testing.T, result testload.Result) {
	t.Helper()
	if result.Outcome != testload.Answered {
		t.Errorf("want success: %s", result.Text)
	}
}
