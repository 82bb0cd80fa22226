package faults

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/app"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/test/support/testserver"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testfault"
	"github.com/stay-sidekick/profile-server/test/support/testload"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// outage is the duration of an outage.
const outage = 4 * time.Second

// minReads are enough reads for a meaningful median.
const minReads = 5

func TestDatabaseStopsAndRestarts(t *testing.T) {
	t.Parallel()
	database := testdb.Server(t)
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
	load := startLoad(t, databaseURL)
	load.Reads.Take()
	if err := begin(); err != nil {
		t.Fatal(err)
	}
	load.awaitReady(503)
	unready := watchUnready(t, load.server.URL, outage)
	during := testload.Tally{}
	testtime.Eventually(t, "reads are unavailable", func() bool {
		during = during.Plus(load.Reads.Take())
		return during.Of(testload.Unavailable) >= minReads
	})
	if err := end(); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	ready := load.awaitReady(200)
	load.awaitSaves(someSaves)
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

const signIn = `mutation ($email: EmailAddress!, $password: Password!) {
	login(input: {email: $email, password: $password}) { token userErrors { code } } }`

func TestCorrectPasswordDuringOutageIsNotAFailedAttempt(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	server := testserver.On(t, database.Pool)
	admin := server.People(t).Admin
	signInOnce := func() *testserver.Response {
		return server.Query(t, "", signIn, map[string]any{"email": admin.Email, "password": testdb.Password})
	}
	end := testfault.DiskFull(t, database.Pool, testfault.AtCommit)
	for i := range 8 {
		if response := signInOnce(); response.Code() != "UNAVAILABLE" {
			t.Errorf("attempt %d while the disk is full: %s", i+1, response.Body)
		}
	}
	end()
	if response := signInOnce(); len(response.Errors) > 0 {
		t.Errorf("afterwards: %s", response.Body)
	}
}

func TestSaveTimesOutOnALockedRow(t *testing.T) {
	t.Parallel()
	testSaveTimeouts(t, func(pool *pgxpool.Pool, company uuid.UUID) (end func()) {
		return testfault.HoldCompany(t, pool, company)
	})
}

func TestSaveTimesOutInASlowStatement(t *testing.T) {
	t.Parallel()
	testSaveTimeouts(t, func(pool *pgxpool.Pool, _ uuid.UUID) (end func()) {
		return testfault.Slow(t, pool)
	})
}

// testSaveTimeouts sends all saves at the same time while a fault blocks them.
func testSaveTimeouts(t *testing.T, begin func(pool *pgxpool.Pool, company uuid.UUID) (end func())) {
	database := testdb.New(t, testdb.Own)
	pool := open(t, database.URL)
	server := testserver.With(t, pool, app.Options{Timeouts: db.DefaultTimeouts})
	admin := server.People(t).Admin
	token := server.Token(t, admin)
	before := testdb.CompanyData(t, database.Pool, admin.CompanyID)

	end := begin(database.Pool, admin.CompanyID)
	var results []<-chan testload.Result
	for _, save := range testload.Saves(1) {
		results = append(results, save.Send(server.URL, token))
	}
	slowest := time.Duration(0)
	for _, pending := range results {
		result := <-pending
		wantUnavailable(t, result)
		slowest = max(slowest, result.Took)
	}
	t.Logf("figure: %s: %d saves at the same time, the last one timed out after %s", t.Name(), len(results), slowest.Round(time.Millisecond))
	wantAllReleased(t, pool)
	testtime.Eventually(t, "PostgreSQL has cancelled the statements", func() bool { return !running(t, database.Pool) })
	end()

	wantCompanyData(t, database.Pool, admin.CompanyID, before)
	withLongTimeouts := testserver.On(t, pool)
	for _, save := range testload.Saves(1) {
		wantAnswered(t, <-save.Send(withLongTimeouts.URL, token))
	}
}
