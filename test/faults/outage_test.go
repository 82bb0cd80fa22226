package faults

import (
	"slices"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testfault"
	"github.com/stay-sidekick/profile-server/test/support/testload"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// outage is the duration of an outage.
const outage = 10 * time.Second

// minReads are enough reads for a meaningful median.
const minReads = 5

func TestDatabaseStopsAndRestarts(t *testing.T) {
	t.Parallel()
	database := testdb.Server(t, testdb.Own, nil)
	testOutage(t, database.URL(), database.Halt, func() error { return database.Resume(t.Context()) })
}

func TestDatabaseHangsAndRecovers(t *testing.T) {
	t.Parallel()
	proxy := testfault.NewProxy(t, testdb.New(t, testdb.Own).URL)
	testOutage(t, proxy.URL,
		func() error { proxy.Freeze(); return nil },
		func() error { proxy.Thaw(); return nil })
}

func testOutage(t *testing.T, databaseURL string, begin, end func() error) {
	load := startLoad(t, databaseURL, nil)
	load.Reads.Take()
	if err := begin(); err != nil {
		t.Fatal(err)
	}
	load.awaitReady(503)
	unready := watchUnready(t, load.server.URL, outage)
	during := testload.Tally{}
	eventually(t, "reads are unavailable", func() bool {
		during = during.Plus(load.Reads.Take())
		return during.Of(testload.Unavailable) >= minReads
	})
	if err := end(); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	ready := load.awaitReady(200)
	awaitSaves(t, load.Load, someSaves)
	working := time.Since(start)

	t.Logf("figure: %s: median /readyz %s; ready %s and %d saves %s after the end of the outage", t.Name(),
		unready.Round(time.Millisecond), ready.Round(time.Millisecond), someSaves, working.Round(time.Millisecond))
	wantAtMostUnavailable(t, "reads in the outage", during)
	if wait := max(unready, during.MedianWait()); wait > maxReadWait {
		t.Errorf("the responses in the outage took %s", wait)
	}
	load.finish()
	pool := load.server.Pool
	if total, most := pool.Stat().TotalConns(), pool.Config().MaxConns; total > most {
		t.Errorf("%d connections are open, want at most %d", total, most)
	}
}

// watchUnready requests /readyz for a while, which must have status 503, and
// returns the median latency.
func watchUnready(t *testing.T, url string, d time.Duration) (median time.Duration) {
	t.Helper()
	var took []time.Duration
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		var status int
		took = append(took, testtime.Elapsed(func() { status = get(url + "/readyz") }))
		if status != 503 {
			t.Errorf("/readyz has status %d in the outage", status)
		}
	}
	if status := get(url + "/healthz"); status != 200 {
		t.Errorf("/healthz has status %d", status)
	}
	slices.Sort(took)
	return took[len(took)/2]
}
