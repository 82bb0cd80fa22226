package app

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

const unavailable = "postgres://nobody@127.0.0.1:1/none?sslmode=disable"

func newPool(t *testing.T, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := db.NewPool(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// In a synctest bubble time stands still while code runs, so a slow machine does not
// exceed the timeout.
func TestAwaitDatabaseFailsWithTheReason(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pool := newPool(t, unavailable)
		var log strings.Builder
		err := awaitDatabase(t.Context(), pool, time.Second, slog.New(slog.NewTextHandler(&log, nil)))
		if err == nil || !strings.Contains(err.Error(), "does not respond after 1s") || !strings.Contains(err.Error(), "connection refused") {
			t.Errorf("got %v", err)
		}
		if strings.Count(log.String(), "waiting for the database") != 1 || !strings.Contains(log.String(), "atMost=1s") {
			t.Errorf("logged %s", log.String())
		}
	})
}

func TestAwaitDatabaseReportsAPermanentErrorAtOnce(t *testing.T) {
	t.Parallel()
	none, err := url.Parse(testdb.New(t, testdb.Empty).URL)
	if err != nil {
		t.Fatal(err)
	}
	none.Path = "/none"
	for name, address := range map[string]string{
		"does not exist":             none.String(),
		"unrecognized configuration": testdb.New(t, testdb.Empty).URL + "&no_such_setting=1",
		"no pg_hba.conf entry":       testdb.New(t, testdb.Empty).URL + "&user=nobody",
	} {
		pool := newPool(t, address)
		var log strings.Builder
		err := awaitDatabase(t.Context(), pool, testtime.MaxWait, slog.New(slog.NewTextHandler(&log, nil)))
		if err == nil || !strings.Contains(err.Error(), name) || log.Len() > 0 {
			t.Errorf("%s: got %v, logged %q", name, err, log.String())
		}
	}
}

func TestAwaitDatabaseStopsWithTheContext(t *testing.T) {
	t.Parallel()
	pool := newPool(t, unavailable)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	if err := awaitDatabase(ctx, pool, time.Minute, slog.New(slog.DiscardHandler)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
