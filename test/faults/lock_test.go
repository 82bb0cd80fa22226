package faults

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testfault"
	"github.com/stay-sidekick/profile-server/test/support/testload"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestSaveTimesOutOnALockedRow(t *testing.T) {
	t.Parallel()
	testSaveTimeouts(t, func(pool *pgxpool.Pool, company uuid.UUID) (end func()) {
		return testfault.HoldCompany(t, pool, company)
	})
}

func TestSaveTimesOutInASlowStatement(t *testing.T) {
	t.Parallel()
	testSaveTimeouts(t, func(pool *pgxpool.Pool, _ uuid.UUID) (end func()) {
		testfault.Slow(t, pool)
		return func() { testfault.Fast(t, pool) }
	})
}

// testSaveTimeouts sends all saves at the same time while a fault blocks them.
func testSaveTimeouts(t *testing.T, begin func(pool *pgxpool.Pool, company uuid.UUID) (end func())) {
	database := testdb.New(t, testdb.Own)
	pool := open(t, database.URL)
	server := testserver.WithRealTimeouts(t, pool)
	admin := server.People(t).Admin
	token := server.Token(t, admin)
	before := companyData(t, database.Pool, admin.CompanyID)

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
	eventually(t, "PostgreSQL has cancelled the statements", func() bool { return !running(t, database.Pool) })
	end()

	wantCompanyData(t, database.Pool, admin.CompanyID, before)
	withLongTimeouts := testserver.On(t, pool)
	for _, save := range testload.Saves(1) {
		wantAnswered(t, <-save.Send(withLongTimeouts.URL, token))
	}
}
