package testdb

import (
	"context"
	"net/url"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// LongTimeouts are for tests that do not test timeouts: with the server's own
// timeouts they would fail when the machine pauses.
var LongTimeouts = db.Timeouts{
	Query: testtime.MaxWait, Brief: testtime.MaxWait, Transaction: testtime.MaxWait, Rollback: testtime.MaxWait,
}

// WithLongTimeouts returns a DB that uses LongTimeouts.
func WithLongTimeouts(pool *pgxpool.Pool) *db.DB { return db.New(pool, LongTimeouts) }

// Open makes a pool with the server's type mapping, and with long timeouts unless
// the URL sets others. It is closed when the test ends; the test fails when a
// connection was not released by then.
func Open(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := open(context.Background(), url) // outlives t.Context, until the cleanup
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !db.ClosePool(pool, testtime.MaxWait) {
			t.Errorf("%d connections were never released to the pool", pool.Stat().AcquiredConns())
		}
	})
	return pool
}

func open(ctx context.Context, databaseURL string) (*pgxpool.Pool, error) {
	longURL, err := withLongSessionTimeouts(databaseURL)
	if err != nil {
		return nil, err
	}
	serverPool, err := db.NewPool(ctx, longURL)
	if err != nil {
		return nil, err
	}
	defer serverPool.Close()
	cfg := serverPool.Config()
	cfg.ConnConfig.ConnectTimeout = testtime.MaxWait // db.NewPool overrides that of the URL
	return pgxpool.NewWithConfig(ctx, cfg)
}

// withLongSessionTimeouts adds session timeouts to a URL that does not set them.
func withLongSessionTimeouts(databaseURL string) (string, error) {
	u, err := url.Parse(databaseURL)
	if err != nil {
		return "", err
	}
	query := u.Query()
	for _, name := range []string{"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"} {
		if !query.Has(name) {
			query.Set(name, strconv.FormatInt(testtime.MaxWait.Milliseconds(), 10))
		}
	}
	u.RawQuery = query.Encode()
	return u.String(), nil
}
