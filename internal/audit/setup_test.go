package audit_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
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
	var got int
	if err := pool.QueryRow(t.Context(), "select count(*) from profile.audit_log").Scan(&got); err != nil || got != want {
		t.Errorf("%d entries, %v, want %d", got, err, want)
	}
}

// wantAppendOnly runs statements in one transaction; the last must be refused,
// because the log is append-only.
func wantAppendOnly(t *testing.T, pool *pgxpool.Pool, statements ...string) {
	t.Helper()
	err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		for i, statement := range statements {
			_, err := tx.Exec(t.Context(), statement)
			pgErr, ok := errors.AsType[*pgconn.PgError](err)
			if i < len(statements)-1 && err != nil {
				t.Errorf("%s: %v", statement, err)
			}
			if i == len(statements)-1 && (!ok || pgErr.Code != "42501" || pgErr.Message != "profile.audit_log is append only") {
				t.Errorf("%s: got %v", statement, err)
			}
		}
		return errors.New("roll back")
	})
	if err == nil {
		t.Error("committed")
	}
}

const year = 365 * 24 * time.Hour

const allowPruning = "select set_config('profile.pruning', 'on', true)"
