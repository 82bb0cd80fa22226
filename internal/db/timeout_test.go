package db_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testfault"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestDisconnectDuringAStatementKeepsTheConnection(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	pool := testdb.Open(t, d.URL)
	q := testdb.WithLongTimeouts(pool).Queries()
	for name, do := range map[string]func(ctx context.Context) error{
		"a row":   func(ctx context.Context) error { _, err := q.CompanyByID(ctx, uuid.New()); return err },
		"rows":    func(ctx context.Context) error { _, err := q.CompanySettings(ctx, []uuid.UUID{uuid.New()}); return err },
		"no rows": func(ctx context.Context) error { return q.CompanyCreate(ctx, newCompany(uuid.NewString())) },
	} {
		_ = do(t.Context()) // prepares the statement
		lockCompanies(t, d.Pool)
		ctx, cancel := context.WithCancel(t.Context())
		result := make(chan error, 1)
		go func() { result <- do(ctx) }()
		awaitWaiter(t, d.Pool)
		cancel()
		testdb.Exec(t, d.Pool, releaseHolder)
		if err := <-result; err != nil && !errors.Is(err, db.ErrNotFound) {
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
	_ = read(t.Context()) // prepares the statement
	lockCompanies(t, d.Pool)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { result <- read(ctx) }()
	awaitWaiter(t, d.Pool)
	cancel()
	testdb.Exec(t, d.Pool, releaseHolder)
	<-result
	time.Sleep(timeouts.Query) // the deadline passes
	if err := read(t.Context()); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("the next statement: %v", err)
	}
	wantConnectionKept(t, pool)
}

func TestDisconnectFromAnUnresponsiveDatabaseReturnsCanceledWithinTheTimeout(t *testing.T) {
	t.Parallel()
	proxy := testfault.NewProxy(t, testdb.New(t, testdb.Own).URL)
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
	wantAllReleased(t, pool)
}

func TestCancelledLongTransactionDoesNotWaitForItsStatement(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	command := testdb.WithLongTimeouts(testdb.Open(t, d.URL))
	lockCompanies(t, d.Pool)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() {
		result <- command.InLongTx(ctx, func(q *sqlc.Queries) error {
			_, err := q.CompanyByID(ctx, uuid.New())
			return err
		})
	}()
	awaitWaiter(t, d.Pool)
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) { // the lock is still held
		t.Errorf("got %v", err)
	}
}

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

func TestServerThatNeverRespondsIsUnavailableWithinTheTimeout(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	pool := open(t, "postgres://nobody@"+silent.Addr().String()+"/none?sslmode=disable")
	withinTime(t, "connecting", func() error { return db.New(pool, db.DefaultTimeouts).Ping(t.Context()) })
}

// connect waits until the pool has an open connection.
func connect(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	testtime.Eventually(t, "the pool has a connection", func() bool { return pool.Ping(t.Context()) == nil })
}

func TestUnresponsiveServerIsUnavailableWithinTheTimeoutAndUsedAgainLater(t *testing.T) {
	t.Parallel()
	url := testdb.New(t, testdb.Own).URL
	for _, c := range []struct {
		what      string
		connected bool
		do        func(d *db.DB) error
	}{
		{"a row on an open connection", true, func(d *db.DB) error { _, err := d.Queries().CompanyByID(context.Background(), uuid.New()); return err }},
		{"rows on an open connection", true, func(d *db.DB) error {
			_, err := d.Queries().SharedColumns(context.Background(), db.SharedTableNames())
			return err
		}},
		{"a statement on a new connection", false, func(d *db.DB) error { return d.Ping(context.Background()) }},
		{"a transaction on a new connection", false, func(d *db.DB) error { return d.InTx(context.Background(), func(*sqlc.Queries) error { return nil }) }},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			proxy := testfault.NewProxy(t, url)
			pool := open(t, proxy.URL)
			testtime.Within(t, c.what, maxQueryTime, func() time.Duration {
				connect(t, pool)
				if !c.connected {
					pool.Reset()
				}
				proxy.Freeze()
				defer proxy.Thaw()
				return untilUnavailable(t, c.what, func() error { return c.do(db.New(pool, db.DefaultTimeouts)) })
			})
			connect(t, pool)
			wantAllReleased(t, pool)
		})
	}
}

func TestUnresponsiveServerDuringATransactionIsUnavailableWithinTheTimeout(t *testing.T) {
	t.Parallel()
	for _, moment := range []string{"statement", "commit"} {
		t.Run(moment, func(t *testing.T) {
			t.Parallel()
			database := testdb.New(t, testdb.Own)
			proxy := testfault.NewProxy(t, database.URL)
			pool := testdb.Open(t, proxy.URL)
			testtime.Within(t, moment, maxTransactionTime, func() time.Duration {
				var start time.Time
				err := db.New(pool, db.DefaultTimeouts).InTx(t.Context(), func(q *sqlc.Queries) error {
					if err := q.CompanyCreate(t.Context(), newCompany("One")); err != nil {
						t.Error(err)
					}
					proxy.Freeze()
					start = time.Now()
					if moment == "statement" {
						return q.CompanyCreate(t.Context(), newCompany("Two"))
					}
					return nil
				})
				took := time.Since(start)
				if !isUnavailable(err) {
					t.Errorf("%s: %v", moment, err)
				}
				if start.IsZero() { // the transaction did not begin
					return 2 * maxTransactionTime
				}
				proxy.Cut()
				proxy.Thaw()
				wantAllReleased(t, pool)
				return took
			})
			countCompanies(t, database.Pool, "0")
		})
	}
}

func TestConnectionClosedDuringATransactionCommitsNothing(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	proxy := testfault.NewProxy(t, database.URL)
	pool := testdb.Open(t, proxy.URL)
	for _, moment := range []string{"statement", "commit"} {
		withinTime(t, moment, func() error {
			return db.New(pool, db.DefaultTimeouts).InTx(t.Context(), func(q *sqlc.Queries) error {
				if err := q.CompanyCreate(t.Context(), newCompany("One")); err != nil {
					t.Error(err)
				}
				proxy.Cut()
				if moment == "statement" {
					return q.CompanyCreate(t.Context(), newCompany("Two"))
				}
				return nil
			})
		})
	}
	wantAllReleased(t, pool)
	countCompanies(t, database.Pool, "0")
	err := testdb.WithLongTimeouts(pool).InTx(t.Context(), func(q *sqlc.Queries) error {
		return q.CompanyCreate(t.Context(), newCompany("Three"))
	})
	if err != nil {
		t.Errorf("on a new connection: %v", err)
	}
}
