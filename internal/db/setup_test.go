package db_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

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
	t.Cleanup(pool.Close)
	return pool
}

// newCompany returns the parameters of a new company.
func newCompany(name string) sqlc.CompanyCreateParams {
	id := uuid.New()
	return sqlc.CompanyCreateParams{ID: id, Name: name, Email: id.String() + "@example.com", PasswordHash: "none"}
}

func countCompanies(t *testing.T, pool *pgxpool.Pool, want string) {
	t.Helper()
	if got := testdb.Value[string](t, pool, "select count(*)::text from empresas"); got != want {
		t.Errorf("%s companies are stored, want %s", got, want)
	}
}

// wantAllReleased checks that every connection is released to the pool. A broken one
// takes a moment, because its statement is cancelled first.
func wantAllReleased(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	testtime.Eventually(t, "all connections are released", func() bool { return pool.Stat().AcquiredConns() == 0 })
}

// wantConnectionKept checks that the only connection of the pool was neither closed
// nor left in a transaction.
func wantConnectionKept(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	wantAllReleased(t, pool)
	if stat := pool.Stat(); stat.IdleConns() != 1 || stat.NewConnsCount() != 1 {
		t.Errorf("%d connections are left of %d", stat.IdleConns(), stat.NewConnsCount())
	}
}

// lockCompanies locks the companies until the test ends.
func lockCompanies(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	holder, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = holder.Rollback(context.Background()) })
	testdb.Exec(t, holder, "lock table empresas")
}

// awaitWaiter waits until a statement waits for the lock of lockCompanies.
func awaitWaiter(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	testtime.Eventually(t, "a statement waits for the lock", func() bool {
		return testdb.Value[bool](t, pool, "select exists (select "+locks+"and not granted)")
	})
}

// Statements that cancel the waiters of lockCompanies, or release its lock.
const (
	failWaiters   = "select pg_cancel_backend(pid) " + locks + "and not granted"
	releaseHolder = "select pg_terminate_backend(pid) " + locks + "and granted and mode = 'AccessExclusiveLock'"
	// The tables of all test databases have the same OIDs.
	locks = `from pg_locks l join pg_database d on d.oid = l.database
		where d.datname = current_database() and relation = 'empresas'::regclass `
)
