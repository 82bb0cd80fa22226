package faults

import (
	"slices"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testfault"
	"github.com/stay-sidekick/profile-server/test/support/testload"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// away is how long the database is gone.
const away = 10 * time.Second

// enough reads have a median that no lucky one of them makes.
const enough = 5

func TestADatabaseThatIsStoppedAndComesBack(t *testing.T) {
	t.Parallel()
	database := testdb.Server(t, testdb.Own, nil)
	goneAndBack(t, database.URL(), database.Halt, func() error { return database.Resume(t.Context()) })
}

func TestADatabaseThatFallsSilentAndComesBack(t *testing.T) {
	t.Parallel()
	proxy := testfault.NewProxy(t, testdb.New(t, testdb.Own).URL)
	goneAndBack(t, proxy.URL,
		func() error { proxy.Freeze(); return nil },
		func() error { proxy.Thaw(); return nil })
}

func goneAndBack(t *testing.T, databaseURL string, leave, comeBack func() error) {
	pool := open(t, databaseURL)
	server := testserver.WithRealTimeouts(t, pool)
	load := testload.New(t, pool, companies)
	stop := load.Start(t, always(server.URL))
	more(t, load, some)

	load.Reads.Take()
	if err := leave(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "/readyz says that the database is away", func() bool { return get(server.URL+"/readyz") == 503 })
	told := unreadyFor(t, server.URL, away)
	during := testload.Tally{}
	eventually(t, "enough reads are told that it is away", func() bool {
		during = during.Plus(load.Reads.Take())
		return during.Of(testload.Unavailable) >= enough
	})
	if err := comeBack(); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	eventually(t, "/readyz says that the database is back", func() bool { return get(server.URL+"/readyz") == 200 })
	ready := time.Since(start)
	more(t, load, some)
	working := time.Since(start)
	stop()

	t.Logf("figure: %s: median /readyz %s; ready %s and %d saves %s after the database was back", t.Name(),
		told.Round(time.Millisecond), ready.Round(time.Millisecond), some, working.Round(time.Millisecond))
	onlyUnavailable(t, "reads while it was away", during)
	onlyUnavailable(t, "reads afterwards", load.Reads.Take())
	onlyUnavailable(t, "writes", load.Writes.Take())
	if usual := max(told, during.MedianWait()); usual > soon {
		t.Errorf("it took %s to tell that the database is away", usual)
	}
	nothingLost(t, load, pool)
	nothingHeld(t, pool)
	if total, most := pool.Stat().TotalConns(), pool.Config().MaxConns; total > most {
		t.Errorf("%d connections are open, at most %d should be", total, most)
	}
}

// unreadyFor asks /readyz for a while: it must say 503. It returns the median of
// how long the answers took.
func unreadyFor(t *testing.T, url string, d time.Duration) (median time.Duration) {
	t.Helper()
	var took []time.Duration
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		var status int
		took = append(took, testtime.Elapsed(func() { status = get(url + "/readyz") }))
		if status != 503 {
			t.Errorf("/readyz says %d while the database is away", status)
		}
	}
	if status := get(url + "/healthz"); status != 200 {
		t.Errorf("/healthz says %d", status)
	}
	slices.Sort(took)
	return took[len(took)/2]
}
