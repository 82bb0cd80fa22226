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

// Timeouts are for tests that do not look at them: the server's would fail such
// a test whenever the machine pauses.
var Timeouts = db.Timeouts{
	Query: testtime.Patience, Brief: testtime.Patience, Transaction: testtime.Patience, Rollback: testtime.Patience,
}

// Patient runs the queries with those.
func Patient(pool *pgxpool.Pool) *db.DB { return db.New(pool, Timeouts) }

// Open makes a pool with the type mapping of the server's own, but patient where
// the URL does not say otherwise. It is closed when the test ends, which fails
// when a connection was not given back by then.
func Open(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := openPatient(context.Background(), url) // lives until the test's clean-up
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !db.ClosePool(pool, testtime.Patience) {
			t.Errorf("%d connections were never given back to the pool", pool.Stat().AcquiredConns())
		}
	})
	return pool
}

func openPatient(ctx context.Context, databaseURL string) (*pgxpool.Pool, error) {
	patientURL, err := withPatience(databaseURL)
	if err != nil {
		return nil, err
	}
	servers, err := db.NewPool(ctx, patientURL)
	if err != nil {
		return nil, err
	}
	defer servers.Close()
	cfg := servers.Config()
	cfg.ConnConfig.ConnectTimeout = testtime.Patience // which no URL can have
	return pgxpool.NewWithConfig(ctx, cfg)
}

// withPatience adds the timeouts of a session to a URL that does not have them.
func withPatience(databaseURL string) (string, error) {
	u, err := url.Parse(databaseURL)
	if err != nil {
		return "", err
	}
	query := u.Query()
	for _, name := range []string{"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"} {
		if !query.Has(name) {
			query.Set(name, strconv.FormatInt(testtime.Patience.Milliseconds(), 10))
		}
	}
	u.RawQuery = query.Encode()
	return u.String(), nil
}
