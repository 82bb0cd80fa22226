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

// soon is how long a caller may wait for the news that the database is away:
// two seconds, and more on a machine that is busy with other tests, but less
// than two waits in a row.
const soon = 3500 * time.Millisecond

// soonForChanges is the same for a statement of a transaction, which may wait
// for a lock first: four seconds and what a busy machine adds.
const soonForChanges = 6 * time.Second

// with adds parameters to a connection URL.
func with(url string, parameters ...string) string {
	return url + "&" + strings.Join(parameters, "&")
}

// open makes a pool as the server's own, for tests of its timeouts; others use
// testdb.Open.
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

// newCompany is one to create, named as given.
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

// nothingHeld checks that every connection comes back to the pool. A broken one
// takes a moment: its statement is cancelled first.
func nothingHeld(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	for deadline := time.Now().Add(testtime.MaxWait); pool.Stat().AcquiredConns() > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Errorf("%d connections were not given back", pool.Stat().AcquiredConns())
			return
		}
	}
}

// keptOne checks that what went wrong cost no connection, and left no transaction
// open on it.
func keptOne(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	nothingHeld(t, pool)
	if stat := pool.Stat(); stat.IdleConns() != 1 || stat.NewConnsCount() != 1 {
		t.Errorf("%d connections are left of %d", stat.IdleConns(), stat.NewConnsCount())
	}
}

// lockCompanies makes every statement on the companies wait until the test ends.
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

// awaitWaiter returns when a statement waits for the lock of lockCompanies.
func awaitWaiter(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	for end := time.Now().Add(testtime.MaxWait); query(t, pool, "select count(*)::text "+locks+"and not granted") == "0"; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nothing waits for the lock")
		}
	}
}

// These end the statements that wait for lockCompanies, and the lock itself.
const (
	failWaiters   = "select pg_cancel_backend(pid) " + locks + "and not granted"
	releaseHolder = "select pg_terminate_backend(pid) " + locks + "and granted and mode = 'AccessExclusiveLock'"
	// The tables of all test databases have the same OIDs.
	locks = `from pg_locks l join pg_database d on d.oid = l.database
		where d.datname = current_database() and relation = 'empresas'::regclass `
)
