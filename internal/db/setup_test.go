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

func exec(t *testing.T, pool *pgxpool.Pool, sql string, args ...any) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// query returns the one value of a statement as text.
func query(t *testing.T, pool *pgxpool.Pool, sql string, args ...any) string {
	t.Helper()
	var value string
	if err := pool.QueryRow(t.Context(), sql, args...).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

// newCompany returns the parameters of a new company.
func newCompany(name string) sqlc.CompanyCreateParams {
	id := uuid.New()
	return sqlc.CompanyCreateParams{ID: id, Name: name, Email: id.String() + "@example.com", PasswordHash: "none"}
}

func countCompanies(t *testing.T, pool *pgxpool.Pool, want string) {
	t.Helper()
	if got := query(t, pool, "select count(*)::text from empresas"); got != want {
		t.Errorf("%s companies are stored, want %s", got, want)
	}
}

// wantAllReleased checks that every connection is released to the pool. A broken one
// takes a moment, because its statement is cancelled first.
func wantAllReleased(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	for deadline := time.Now().Add(testtime.MaxWait); pool.Stat().AcquiredConns() > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Errorf("%d connections were not released", pool.Stat().AcquiredConns())
			return
		}
	}
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
	if _, err := holder.Exec(t.Context(), "lock table empresas"); err != nil {
		t.Fatal(err)
	}
}

// awaitWaiter waits until a statement waits for the lock of lockCompanies.
func awaitWaiter(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	for end := time.Now().Add(testtime.MaxWait); query(t, pool, "select count(*)::text "+locks+"and not granted") == "0"; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nothing waits for the lock")
		}
	}
}

// Statements that cancel the waiters of lockCompanies, or release its lock.
const (
	failWaiters   = "select pg_cancel_backend(pid) " + locks + "and not granted"
	releaseHolder = "select pg_terminate_backend(pid) " + locks + "and granted and mode = 'AccessExclusiveLock'"
	// The tables of all test databases have the same OIDs.
	locks = `from pg_locks l join pg_database d on d.oid = l.database
		where d.datname = current_database() and relation = 'empresas'::regclass `
)
