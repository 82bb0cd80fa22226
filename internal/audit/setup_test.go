package audit_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

// write inserts entries of the given age.
func write(t *testing.T, pool *pgxpool.Pool, count int, age string) {
	t.Helper()
	testdb.Exec(t, pool, `insert into profile.audit_log (at, kind, request_id, changes)
		select now() - $2::text::interval, 'SIGNED_IN', '', '[]' from generate_series(1, $1)`, count, age)
}

func wantCount(t *testing.T, pool *pgxpool.Pool, want int) {
	t.Helper()
	if got := testdb.Value[int](t, pool, "select count(*) from profile.audit_log"); got != want {
		t.Errorf("%d entries, want %d", got, want)
	}
}

// wantAppendOnly runs statements in one transaction; the last must be refused,
// because the log is append-only.
func wantAppendOnly(t *testing.T, pool *pgxpool.Pool, statements ...string) {
	t.Helper()
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	last := len(statements) - 1
	for _, statement := range statements[:last] {
		testdb.Exec(t, tx, statement)
	}
	_, err = tx.Exec(t.Context(), statements[last])
	if refusal, ok := errors.AsType[*pgconn.PgError](err); !ok || refusal.Code != "42501" || refusal.Message != "profile.audit_log is append only" {
		t.Errorf("%s: got %v", statements[last], err)
	}
}

const year = 365 * 24 * time.Hour

const allowPruning = "select set_config('profile.pruning', 'on', true)"
