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
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// disconnect cancels the context of do while it waits for a lock, releases the lock,
// and returns the error of do.
func disconnect(t *testing.T, d *testdb.DB, do func(ctx context.Context) error) error {
	t.Helper()
	_ = do(t.Context()) // prepares the statement
	ctx, cancel := context.WithCancel(t.Context())
	result := startWaiting(t, d.Pool, func() error { return do(ctx) })
	cancel()
	testdb.Exec(t, d.Pool, releaseHolder)
	return <-result
}

func TestDisconnectDuringAStatementKeepsTheConnection(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	pool := testdb.Open(t, d.URL)
	q := testdb.WithLongTimeouts(pool).Queries()
	for name, do := range map[string]func(ctx context.Context) error{
		"a row":   func(ctx context.Context) error { _, err := q.CompanyByID(ctx, uuid.New()); return err },
		"no rows": func(ctx context.Context) error { return q.CompanyCreate(ctx, newCompany(uuid.NewString())) },
	} {
		if err := disconnect(t, d, do); err != nil && !errors.Is(err, db.ErrNotFound) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	wantConnectionKept(t, pool)
}

func TestDeadlineAfterADisconnectIsRemoved(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	pool := testdb.Open(t, d.URL)
	timeouts := testdb.LongTimeouts
	timeouts.Query = 3 * time.Second
	q := db.New(pool, timeouts).Queries()
	read := func(ctx context.Context) error { _, err := q.CompanyByID(ctx, uuid.New()); return err }
	_ = disconnect(t, d, read)
	time.Sleep(timeouts.Query) // the deadline passes
	if err := read(t.Context()); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("the next statement: %v", err)
	}
	wantConnectionKept(t, pool)
}

func TestDisconnectFromAnUnresponsiveDatabaseReturnsCanceledWithinTheTimeout(t *testing.T) {
	t.Parallel()
	proxy := testdb.NewProxy(t, testdb.New(t, testdb.Own).URL)
	pool := open(t, proxy.URL)
	testtime.Within(t, "a statement", maxQueryTime, func() time.Duration {
		connect(t, pool)
		proxy.Freeze()
		defer proxy.Thaw()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Millisecond, cancel)
		return testtime.Elapsed(func() {
			if err := db.New(pool, db.DefaultTimeouts).Ping(ctx); !errors.Is(err, context.Canceled) || isUnavailable(err) {
				t.Errorf("got %v", err)
			}
		})
	})
}

func TestCancelledLongTransactionDoesNotWaitForItsStatement(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	command := testdb.WithLongTimeouts(testdb.Open(t, d.URL))
	ctx, cancel := context.WithCancel(t.Context())
	result := startWaiting(t, d.Pool, func() error {
		return command.InLongTx(ctx, func(q *sqlc.Queries) error { _, err := q.CompanyByID(ctx, uuid.New()); return err })
	})
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) { // the lock is still held
		t.Errorf("got %v", err)
	}
}

// connect waits until the pool has an open connection.
func connect(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	testtime.Eventually(t, "the pool has a connection", func() bool { return pool.Ping(t.Context()) == nil })
}

func TestUnresponsiveServerIsUnavailableWithinTheTimeoutAndUsedAgainLater(t *testing.T) {
	t.Parallel()
	url := testdb.New(t, testdb.Own).URL
	for what, c := range map[string]struct {
		connected bool
		do        func(ctx context.Context, d *db.DB) error
	}{
		"a row on an open connection": {true, func(ctx context.Context, d *db.DB) error {
			_, err := d.Queries().CompanyByID(ctx, uuid.New())
			return err
		}},
		"a statement on a new connection": {false, func(ctx context.Context, d *db.DB) error { return d.Ping(ctx) }},
		"a transaction on a new connection": {false, func(ctx context.Context, d *db.DB) error {
			return d.InTx(ctx, func(*sqlc.Queries) error { return nil })
		}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			proxy := testdb.NewProxy(t, url)
			pool := open(t, proxy.URL)
			testtime.Within(t, what, maxQueryTime, func() time.Duration {
				connect(t, pool)
				if !c.connected {
					pool.Reset()
				}
				proxy.Freeze()
				defer proxy.Thaw()
				return untilUnavailable(t, what, func() error { return c.do(t.Context(), db.New(pool, db.DefaultTimeouts)) })
			})
			connect(t, pool)
		})
	}
}

func TestFaultDuringATransactionIsUnavailableWithinTheTimeoutAndCommitsNothing(t *testing.T) {
	t.Parallel()
	write := func(ctx context.Context, q *sqlc.Queries) error { return q.CompanyCreate(ctx, newCompany("Two")) }
	commit := func(context.Context, *sqlc.Queries) error { return nil }
	for name, c := range map[string]struct {
		begin func(*testdb.Proxy)
		then  func(context.Context, *sqlc.Queries) error
	}{
		"unresponsive in a statement": {(*testdb.Proxy).Freeze, write},
		"unresponsive in the commit":  {(*testdb.Proxy).Freeze, commit},
		"closed in a statement":       {(*testdb.Proxy).Cut, write},
		"closed in the commit":        {(*testdb.Proxy).Cut, commit},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := testdb.New(t, testdb.Own)
			proxy := testdb.NewProxy(t, database.URL)
			pool := testdb.Open(t, proxy.URL)
			testtime.Within(t, name, maxTransactionTime, func() time.Duration {
				var start time.Time
				err := db.New(pool, db.DefaultTimeouts).InTx(t.Context(), func(q *sqlc.Queries) error {
					if err := q.CompanyCreate(t.Context(), newCompany("One")); err != nil { // also prepares the statement
						t.Error(err)
					}
					c.begin(proxy)
					start = time.Now()
					return c.then(t.Context(), q)
				})
				took := time.Since(start)
				if !isUnavailable(err) {
					t.Errorf("got %v", err)
				}
				if start.IsZero() { // the transaction did not begin
					return 2 * maxTransactionTime
				}
				proxy.Cut()
				proxy.Thaw()
				return took
			})
			wantCompanies(t, database.Pool, 0)
			connect(t, pool)
		})
	}
}
