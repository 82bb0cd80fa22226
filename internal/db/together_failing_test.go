package db_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/internal/testdb"
	"github.com/stay-sidekick/profile-server/internal/testproxy"
	"github.com/stay-sidekick/profile-server/internal/testtime"
)

// ask sends what waits in a transaction.
func ask(t *testing.T, q *sqlc.Queries) {
	t.Helper()
	if _, err := q.CompanyByID(t.Context(), uuid.New()); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("asking: %v", err)
	}
}

func TestAWriteThatFailsTakesTheWholeTransactionWithIt(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	pool := testdb.Open(t, d.URL)
	one := newCompany("One")
	for name, do := range map[string]func(q *sqlc.Queries) error{
		"with the commit": func(q *sqlc.Queries) error {
			ask(t, q)
			return errors.Join(q.CompanyCreate(t.Context(), newCompany("Two")), q.CompanyCreate(t.Context(), one),
				q.CompanyCreate(t.Context(), one), q.CompanyCreate(t.Context(), newCompany("Three")))
		},
		"with a read": func(q *sqlc.Queries) error {
			_ = q.CompanyCreate(t.Context(), one)
			_ = q.CompanyCreate(t.Context(), one)
			_, err := q.CompanyByID(t.Context(), one.ID)
			return err
		},
		"with a read of rows": func(q *sqlc.Queries) error {
			_ = q.CompanyCreate(t.Context(), one)
			_ = q.CompanyCreate(t.Context(), one)
			_, err := q.CompanySettings(t.Context(), []uuid.UUID{one.ID})
			return err
		},
		"with a read, overlooked": func(q *sqlc.Queries) error {
			_ = q.CompanyCreate(t.Context(), one)
			_ = q.CompanyCreate(t.Context(), one)
			_, _ = q.CompanyByID(t.Context(), one.ID)
			_, _ = q.CompanyByID(t.Context(), one.ID)
			return q.CompanyCreate(t.Context(), newCompany("Four"))
		},
	} {
		if err := testdb.Patient(pool).InTx(t.Context(), do); !errors.Is(err, db.ErrDuplicate) {
			t.Errorf("%s: got %v", name, err)
		}
		countCompanies(t, d.Pool, "0")
	}
	keptOne(t, pool)
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

// The statement is refused before its transaction begins: what follows must not
// run on its own.
func TestAnOverlookedErrorBeforeTheTransactionBeginsLeavesNothing(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	exec(t, d.Pool, "alter table usuarios rename to elsewhere")
	pool := testdb.Open(t, d.URL)
	err := testdb.Patient(pool).InTx(t.Context(), func(q *sqlc.Queries) error {
		_, _ = q.UserByEmail(t.Context(), "somebody@example.com")
		return q.CompanyCreate(t.Context(), newCompany("One"))
	})
	if err == nil || isUnavailable(err) {
		t.Errorf("got %v", err)
	}
	countCompanies(t, d.Pool, "0")
	keptOne(t, pool)
}

func TestAPanicAfterSomeOfATransactionIsSentLeavesNothing(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	pool := testdb.Open(t, d.URL)
	func() {
		defer func() { _ = recover() }()
		_ = testdb.Patient(pool).InTx(t.Context(), func(q *sqlc.Queries) error {
			_ = q.CompanyCreate(t.Context(), newCompany("One"))
			ask(t, q)
			_ = q.CompanyCreate(t.Context(), newCompany("Two"))
			panic("oh")
		})
	}()
	countCompanies(t, d.Pool, "0")
	keptOne(t, pool)
}

func TestAClientThatGoesAwayAfterSomeOfATransactionIsSentLeavesNothing(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	pool := testdb.Open(t, d.URL)
	for name, after := range map[string]func(context.Context, *sqlc.Queries) error{
		"before a write": func(ctx context.Context, q *sqlc.Queries) error {
			err := q.CompanyCreate(ctx, newCompany("Two"))
			if err == nil {
				t.Error("the write went on")
			}
			return err
		},
		"before a read": func(ctx context.Context, q *sqlc.Queries) error {
			_, err := q.CompanyByID(ctx, uuid.New())
			return err
		},
		"before the commit": func(context.Context, *sqlc.Queries) error { return nil },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		err := testdb.Patient(pool).InTx(ctx, func(q *sqlc.Queries) error {
			_ = q.CompanyCreate(ctx, newCompany("One"))
			ask(t, q)
			cancel()
			return after(ctx, q)
		})
		if !errors.Is(err, context.Canceled) || isUnavailable(err) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	countCompanies(t, d.Pool, "0")
	keptOne(t, pool)
}

// waiting starts a transaction whose writes, together with its commit, wait for a
// lock, and returns its result.
func waiting(ctx context.Context, t *testing.T, pool, other *pgxpool.Pool) <-chan error {
	t.Helper()
	result := make(chan error, 1)
	lockCompanies(t, other)
	go func() {
		result <- testdb.Patient(pool).InTx(ctx, func(q *sqlc.Queries) error {
			return errors.Join(
				q.AuditEntryCreate(ctx, sqlc.AuditEntryCreateParams{Kind: "SIGNED_IN", Changes: []byte("[]")}),
				q.CompanyCreate(ctx, newCompany("Two")))
		})
	}()
	awaitWaiter(t, other)
	return result
}

// awaitWaiter returns when a statement waits for a lock in this database.
func awaitWaiter(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	for end := time.Now().Add(testtime.Patience); query(t, pool, "select count(*)::text "+locks+"and not granted") == "0"; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nothing waits for the lock")
		}
	}
}

// These end the statements that wait for lockCompanies, and the lock itself.
const (
	failWaiters   = "select pg_cancel_backend(pid) " + locks + "and not granted"
	releaseHolder = "select pg_terminate_backend(pid) " + locks + "and granted"
	// The tables of all test databases have the same OIDs.
	locks = `from pg_locks l join pg_database d on d.oid = l.database
		where d.datname = current_database() and relation = 'empresas'::regclass `
)

func TestAClientThatDisconnectsWhileItsWritesWaitForALockCostsNoConnection(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end      string
		expected func(error) bool
		entries  string
	}{
		"rolled back": {failWaiters, isUnavailable, "0"},
		"committed":   {releaseHolder, func(err error) bool { return err == nil }, "1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := testdb.New(t, testdb.Own)
			pool := testdb.Open(t, d.URL)
			ctx, cancel := context.WithCancel(t.Context())
			result := waiting(ctx, t, pool, d.Pool)
			cancel()
			exec(t, d.Pool, c.end)
			if err := <-result; !c.expected(err) {
				t.Errorf("got %v", err)
			}
			keptOne(t, pool)
			if got := query(t, d.Pool, "select count(*)::text from profile.audit_log"); got != c.entries {
				t.Errorf("%s audit entries, want %s", got, c.entries)
			}
		})
	}
}

func TestAConnectionCutBeforeTheWritesAreAnsweredIsUnavailable(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	proxy := testproxy.New(t, d.URL)
	pool := testdb.Open(t, proxy.URL)
	result := waiting(t.Context(), t, pool, d.Pool)
	proxy.Cut()
	if err := <-result; !isUnavailable(err) {
		t.Errorf("got %v", err)
	}
	nothingHeld(t, pool)
	if err := testdb.Patient(pool).Ping(t.Context()); err != nil {
		t.Errorf("on a new connection: %v", err)
	}
}
