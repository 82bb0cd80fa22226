package faults

import (
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testload"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
)

// stops is how often the server is stopped at most. Where the machine stands still
// while connections are drained, a client may send its next request on one that
// the server then closes, so only most of the stops must cut no request.
const stops = 5

// lag is far below the second of draining, and enough for a request to be under
// way on most connections at any time: without draining every stop cuts some.
const lag = 20 * time.Millisecond

func TestSIGTERMUnderLoadFailsNoRequestThatWasAccepted(t *testing.T) {
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

// stopUnderLoad returns how many requests were cut.
func stopUnderLoad(t *testing.T, database *testdb.DB) (cut int) {
	process := testprogram.StartServer(t, database.URL)
	load := testload.New(t, database.Pool, companies)
	load.Lag = lag
	stop := load.Start(t, always(process.URL))
	more(t, load, some)
	var code int
	var took time.Duration
	load.HoldPasswords(func() { code, took = process.Terminate(t) })
	stop()

	if code != 0 || took > 10*time.Second {
		t.Errorf("exit code %d after %s:\n%s", code, took, process.Log())
	}
	writes, reads := load.Writes.Take(), load.Reads.Take()
	t.Logf("figure: %s: ended after %s; writes: %s; reads: %s", t.Name(), took.Round(time.Millisecond), writes, reads)
	all := writes.Plus(reads)
	if all.Of(testload.Wrong) > 0 || all.AtOnce() {
		t.Errorf("accepted requests failed: %s: %q", all, all.Examples)
	}
	nothingLost(t, load, database.Pool)
	return all.Of(testload.Cut)
}
