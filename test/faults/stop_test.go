package faults

import (
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testload"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
)

// stops is the maximum number of stops. When the machine pauses while the server
// drains connections, a client can send a request on a connection that the server
// then closes. So only most of the stops must cut no request.
const stops = 5

// lag is much shorter than the second of draining, but long enough to have a
// request in transit on most connections: without draining, every stop cuts some.
const lag = 20 * time.Millisecond

func TestSIGTERMUnderLoadFailsNoAcceptedRequest(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	clean, cutting := 0, 0
	for clean <= stops/2 && cutting <= stops/2 {
		if stopUnderLoad(t, database) == 0 {
			clean++
		} else {
			cutting++
		}
	}
	if cutting > clean {
		t.Errorf("%d of %d stops cut requests", cutting, cutting+clean)
	}
}

// stopUnderLoad returns the number of cut requests.
func stopUnderLoad(t *testing.T, database *testdb.DB) (cut int) {
	server := testprogram.StartServer(t, database.URL)
	load := testload.New(t, database.Pool, companies)
	load.Lag = lag
	stop := load.Start(t, always(server.URL))
	awaitSaves(t, load, someSaves)
	var code int
	var took time.Duration
	load.HoldPasswords(func() { code, took = server.Terminate(t) })
	stop()

	if code != 0 || took > 10*time.Second {
		t.Errorf("exit code %d after %s:\n%s", code, took, server.Log())
	}
	writes, reads := load.Writes.Take(), load.Reads.Take()
	t.Logf("figure: %s: ended after %s; writes: %s; reads: %s", t.Name(), took.Round(time.Millisecond), writes, reads)
	all := writes.Plus(reads)
	if all.Of(testload.Wrong) > 0 || all.AtOnce() {
		t.Errorf("accepted requests failed: %s: %q", all, all.Examples)
	}
	load.MustFindAll(t, database.Pool)
	return all.Of(testload.Cut)
}
