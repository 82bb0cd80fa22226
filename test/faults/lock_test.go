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

func TestASaveDoesNotHangBehindALock(t *testing.T) {
	t.Parallel()
	savesAreGivenUp(t, func(pool *pgxpool.Pool, company uuid.UUID) (end func()) {
		return testfault.HoldCompany(t, pool, company)
	})
}

func TestASaveDoesNotHangInASlowStatement(t *testing.T) {
	t.Parallel()
	savesAreGivenUp(t, func(pool *pgxpool.Pool, _ uuid.UUID) (end func()) {
		testfault.Slow(t, pool)
		return func() { testfault.Fast(t, pool) }
	})
}

// savesAreGivenUp makes every save at the same time while a fault lets none of
// them get on.
func savesAreGivenUp(t *testing.T, begin func(pool *pgxpool.Pool, company uuid.UUID) (end func())) {
	database := testdb.New(t, testdb.Own)
	pool := open(t, database.URL)
	server := testserver.WithRealTimeouts(t, pool)
	admin := server.People(t).Admin
	token := server.Token(t, admin)
	before := everything(t, database.Pool, admin.CompanyID)

	end := begin(database.Pool, admin.CompanyID)
	var endings []<-chan testload.Result
	for _, save := range testload.Saves(1) {
		endings = append(endings, save.Send(server.URL, token))
	}
	slowest := time.Duration(0)
	for _, ending := range endings {
		ending := <-ending
		mustBeUnavailable(t, ending)
		slowest = max(slowest, ending.Took)
	}
	t.Logf("figure: %s: %d saves at the same time, the last of them given up after %s", t.Name(), len(endings), slowest.Round(time.Millisecond))
	nothingHeld(t, pool)
	eventually(t, "PostgreSQL has given the saves up too", func() bool { return !trying(t, database.Pool) })
	end()

	if after := everything(t, database.Pool, admin.CompanyID); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	patient := testserver.On(t, pool)
	for _, save := range testload.Saves(1) {
		mustBeAnswered(t, <-save.Send(patient.URL, token))
	}
}
