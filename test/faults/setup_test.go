// Package faults takes away what the service stands on, a real PostgreSQL, its
// network or its process, while it works, and looks at what it answers and at
// what it kept.
package faults

import (
	"context"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testload"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestMain(m *testing.M) {
	os.Exit(testprogram.Main(func() int { return testdb.Main(m) }))
}

const (
	// soon is how late the news that the database is away may come here. Two
	// seconds are promised; a machine that is busy with tests needs more.
	soon = 6 * time.Second
	// inTime is for a save, which waits for the database more than once.
	inTime = 25 * time.Second
	// companies of a load: each has four writers and a reader.
	companies = 2
	// some saves make a load that has got going.
	some = 40
)

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(testtime.MaxWait); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", testtime.MaxWait, what)
		}
	}
}

// more waits until the load has got so many more saves acknowledged.
func more(t *testing.T, load *testload.Load, saves int) {
	t.Helper()
	enough := load.Acknowledged() + saves
	eventually(t, "saves are acknowledged", func() bool { return load.Acknowledged() >= enough })
}

// always is the target of a load on one server.
func always(url string) func(int) string {
	return func(int) string { return url }
}

// nothingLost checks what a load has saved, and prints it.
func nothingLost(t *testing.T, load *testload.Load, pool *pgxpool.Pool) {
	t.Helper()
	findings := load.Check(t, pool)
	t.Logf("figure: %s: %s", t.Name(), findings)
	for _, fault := range findings.Faults {
		t.Error(fault)
	}
	if findings.Found != findings.Acknowledged {
		t.Errorf("%d acknowledged saves, %d found", findings.Acknowledged, findings.Found)
	}
}

// onlyUnavailable checks that clients which reached the server heard nothing
// worse than that they should try again.
func onlyUnavailable(t *testing.T, what string, tally testload.Tally) {
	t.Helper()
	t.Logf("figure: %s: %s: %s", t.Name(), what, tally)
	if tally.Of(testload.Wrong)+tally.Of(testload.Cut)+tally.Of(testload.Refused) > 0 {
		t.Errorf("%s: %s: %q", what, tally, tally.Examples)
	}
}

// nothingHeld checks that every connection comes back to the pool.
func nothingHeld(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	eventually(t, "all connections are given back", func() bool { return pool.Stat().AcquiredConns() == 0 })
}

// open makes a pool as the server's own.
func open(t *testing.T, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := db.NewPool(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// get returns the status of a page, 0 when there was no answer.
func get(url string) int {
	client := http.Client{Timeout: testtime.MaxWait}
	answer, err := client.Get(url)
	if err != nil {
		return 0
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}
