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

func TestPostgreSQLIsKilledDuringWrites(t *testing.T) {
	t.Parallel()
	database := testdb.Server(t, testdb.Own, nil)
	load := startLoad(t, database.URL(), nil)
	people := load.server.People(t)
	for range crashes {
		if err := database.Crash(); err != nil {
			t.Fatal(err)
		}
		load.awaitReady(503)
		if err := database.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		load.awaitReady(200)
		awaitSaves(t, load.Load, someSaves)
	}
	load.finish()

	var signedIn struct{ Login struct{ Token *string } }
	testserver.On(t, load.server.Pool).MustQuery(t, "", `mutation ($input: LoginInput!) { login(input: $input) { token } }`,
		map[string]any{"input": map[string]any{"email": people.Admin.Email, "password": testdb.Password}}, &signedIn)
	if signedIn.Login.Token == nil {
		t.Error("sign-in fails after the crash, which emptied the attempt counts")
	}
}

func TestServerIsKilledDuringWrites(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Alembic)
	server := testprogram.StartServer(t, database.URL)
	var url atomic.Pointer[string]
	url.Store(&server.URL)
	load := testload.New(t, database.Pool, companies)
	stop := load.Start(t, func(int) string { return *url.Load() })
	for range crashes {
		awaitSaves(t, load, someSaves)
		server.Kill()
		server = testprogram.StartServer(t, database.URL)
		url.Store(&server.URL)
	}
	awaitSaves(t, load, someSaves)
	stop()

	for what, tally := range map[string]testload.Tally{"writes": load.Writes.Take(), "reads": load.Reads.Take()} {
		t.Logf("figure: %s: %s: %s", t.Name(), what, tally)
		if tally.Of(testload.Wrong) > 0 || tally.AtOnce() {
			t.Errorf("%s: %s: %q", what, tally, tally.Examples)
		}
		if what == "writes" && tally.Of(testload.Cut) == 0 {
			t.Error("no write was cut by a crash")
		}
	}
	load.MustFindAll(t, database.Pool)
}
