package faults

import (
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/testdb"
	"github.com/stay-sidekick/profile-server/internal/testload"
	"github.com/stay-sidekick/profile-server/internal/testprocess"
)

const stops = 3

func TestSIGTERMUnderLoadFailsNoRequestThatWasAccepted(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	for range stops {
		process := testprocess.Start(t, database.URL)
		load := testload.New(t, database.Pool, companies)
		stop := load.Start(t, always(process.URL))
		more(t, load, some)
		code, took := process.Terminate(t)
		stop()

		if code != 0 || took > 10*time.Second {
			t.Errorf("exit code %d after %s:\n%s", code, took, process.Log())
		}
		writes, reads := load.Writes.Take(), load.Reads.Take()
		t.Logf("figure: %s: ended after %s; writes: %s; reads: %s", t.Name(), took.Round(time.Millisecond), writes, reads)
		all := writes.Plus(reads)
		if all.Of(testload.Cut)+all.Of(testload.Wrong)+all.Of(testload.Unavailable) > 0 {
			t.Errorf("accepted requests failed: %s: %q", all, all.Examples)
		}
		nothingLost(t, load, database.Pool)
	}
}
