package db_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

// maxQueryTime limits the time until an unavailable database is reported: two
// seconds, more on a machine that is busy with other tests, but less than two
// consecutive timeouts.
const maxQueryTime = 3500 * time.Millisecond

// maxTransactionTime is the same for a statement of a transaction: four seconds, and
// more on a busy machine.
const maxTransactionTime = 6 * time.Second

// with adds parameters to a connection URL.
func with(url string, parameters ...string) string {
	return url + "&" + strings.Join(parameters, "&")
}

// open returns a pool with the server's timeouts; most tests use testdb.Open.
func open(t *testing.T, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := db.NewPool(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !db.ClosePool(pool, testtime.MaxWait) {
			t.Error("a connection was never released to the pool")
		}
	})
	return pool
}

// newCompany returns the parameters of a new company.
func newCompany(name string) sqlc.CompanyCreateParams {
	id := uuid.New()
	return sqlc.CompanyCreateParams{ID: id, Name: name, Email: id.String() + "@example.com", PasswordHash: "none"}
}

// rejectCompanies creates a trigger that raises the SQLSTATE in the name of a new company.
func rejectCompanies(t *testing.T, pool *pgxpool.Pool, trigger string) {
	t.Helper()
	testdb.Exec(t, pool, `create function reject() returns trigger language plpgsql as $$
		begin raise exception 'the row of "%" is rejected', new.email using errcode = new.nombre; end $$;
		create `+trigger+" for each row execute function reject()")
}

func wantCompanies(t *testing.T, pool *pgxpool.Pool, want int) {
	t.Helper()
	if got := testdb.Value[int](t, pool, "select count(*) from empresas"); got != want {
		t.Errorf("%d companies are stored, want %d", got, want)
	}
}

// isUnavailable reports whether the error has the code Unavailable, status 503.
func isUnavailable(err error) bool { return err != nil && apperr.CodeOf(err) == apperr.Unavailable }

// withinTime checks that do fails as unavailable within maxQueryTime.
func withinTime(t *testing.T, what string, do func() error) {
	t.Helper()
	testtime.Within(t, what, maxQueryTime, func() time.Duration { return untilUnavailable(t, what, do) })
}

// untilUnavailable checks that do fails as unavailable and returns its duration.
func untilUnavailable(t *testing.T, what string, do func() error) time.Duration {
	t.Helper()
	var err error
	took := testtime.Elapsed(func() { err = do() })
	if !isUnavailable(err) {
		t.Errorf("%s: got %v", what, err)
	}
	return took
}

// wantConnectionKept checks that the only connection of the pool was neither closed
// nor left in a transaction.
func wantConnectionKept(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	testtime.Eventually(t, "all connections are released", func() bool { return pool.Stat().AcquiredConns() == 0 })
	if stat := pool.Stat(); stat.IdleConns() != 1 || stat.NewConnsCount() != 1 {
		t.Errorf("%d connections are left of %d", stat.IdleConns(), stat.NewConnsCount())
	}
}

// startWaiting locks the companies until the test ends, and calls do, which must wait
// for that lock. It returns when do waits.
func startWaiting(t *testing.T, pool *pgxpool.Pool, do func() error) (result <-chan error) {
	t.Helper()
	holder, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = holder.Rollback(context.Background()) })
	testdb.Exec(t, holder, "lock table empresas")
	done := make(chan error, 1)
	go func() { done <- do() }()
	testtime.Eventually(t, "a statement waits for the lock", func() bool {
		return testdb.Value[bool](t, pool, "select exists (select "+locks+"and not granted)")
	})
	return done
}

// Statements that cancel what waits since startWaiting, or release its lock.
const (
	failWaiters   = "select pg_cancel_backend(pid) " + locks + "and not granted"
	releaseHolder = "select pg_terminate_backend(pid) " + locks + "and granted and mode = 'AccessExclusiveLock'"
	// The tables of all test databases have the same OIDs.
	locks = `from pg_locks l join pg_database d on d.oid = l.database
		where d.datname = current_database() and relation = 'empresas'::regclass `
)
