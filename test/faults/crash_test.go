package faults

import (
	"sync/atomic"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testload"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

const crashes = 2

func TestPostgreSQLKilledInTheMiddleOfWrites(t *testing.T) {
	t.Parallel()
	database := testdb.Server(t, testdb.Own, nil)
	pool := open(t, database.URL())
	server := testserver.WithRealTimeouts(t, pool)
	people := server.People(t)
	load := testload.New(t, pool, companies)
	stop := load.Start(t, always(server.URL))
	for range crashes {
		more(t, load, some)
		if err := database.Crash(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "/readyz says so", func() bool { return get(server.URL+"/readyz") == 503 })
		if err := database.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		eventually(t, "/readyz says so", func() bool { return get(server.URL+"/readyz") == 200 })
	}
	more(t, load, some)
	stop()

	writes := load.Writes.Take()
	onlyUnavailable(t, "writes", writes)
	onlyUnavailable(t, "reads", load.Reads.Take())
	if writes.Of(testload.Unavailable) == 0 {
		t.Error("no write met a crash")
	}
	nothingLost(t, load, pool)
	nothingHeld(t, pool)

	var signedIn struct{ Login struct{ Token *string } }
	testserver.On(t, pool).MustQuery(t, "", `mutation ($input: LoginInput!) { login(input: $input) { token } }`,
		map[string]any{"input": map[string]any{"email": people.Admin.Email, "password": testdb.Password}}, &signedIn)
	if signedIn.Login.Token == nil {
		t.Error("nobody can sign in after the crash, which emptied the counts of attempts")
	}
}

func TestTheServerKilledInTheMiddleOfWrites(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Alembic)
	process := testprogram.StartServer(t, database.URL)
	var url atomic.Pointer[string]
	url.Store(&process.URL)
	load := testload.New(t, database.Pool, companies)
	stop := load.Start(t, func(int) string { return *url.Load() })
	for range crashes {
		more(t, load, some)
		process.Kill()
		process = testprogram.StartServer(t, database.URL)
		url.Store(&process.URL)
	}
	more(t, load, some)
	stop()

	for what, tally := range map[string]testload.Tally{"writes": load.Writes.Take(), "reads": load.Reads.Take()} {
		t.Logf("figure: %s: %s: %s", t.Name(), what, tally)
		if tally.Of(testload.Wrong) > 0 || tally.AtOnce() {
			t.Errorf("%s: %s: %q", what, tally, tally.Examples)
		}
		if what == "writes" && tally.Of(testload.Cut) == 0 {
			t.Error("no write met a crash")
		}
	}
	nothingLost(t, load, database.Pool)
}
