package audit_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

// write writes entries of the given age.
func write(t *testing.T, pool *pgxpool.Pool, count int, age string) {
	t.Helper()
	execute(t, pool, `insert into profile.audit_log (at, kind, request_id, changes)
		select now() - $2::text::interval, 'SIGNED_IN', '', '[]' from generate_series(1, $1)`, count, age)
}

func execute(t *testing.T, pool *pgxpool.Pool, statement string, args ...any) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), statement, args...); err != nil {
		t.Fatalf("%v: %s", err, statement)
	}
}

func wantCount(t *testing.T, pool *pgxpool.Pool, want int) {
	t.Helper()
	var got int
	if err := pool.QueryRow(t.Context(), "select count(*) from profile.audit_log").Scan(&got); err != nil || got != want {
		t.Errorf("%d entries, %v, want %d", got, err, want)
	}
}

// wantRefused runs statements in one transaction; the last must be refused.
func wantRefused(t *testing.T, pool *pgxpool.Pool, statements ...string) {
	t.Helper()
	err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		for i, statement := range statements {
			_, err := tx.Exec(t.Context(), statement)
			refused, ok := errors.AsType[*pgconn.PgError](err)
			if i < len(statements)-1 && err != nil {
				t.Errorf("%s: %v", statement, err)
			}
			if i == len(statements)-1 && (!ok || refused.Code != "42501" || refused.Message != "profile.audit_log is append only") {
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

func TestEntriesAreOnlyAdded(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		pool := testdb.New(t, shape).Pool
		write(t, pool, 3, "1 day")
		for _, statement := range []string{
			"update profile.audit_log set kind = 'x'",
			"update profile.audit_log set at = at",
			"delete from profile.audit_log",
			"truncate profile.audit_log",
			"insert into profile.audit_log (id, at, kind, request_id, changes) overriding system value values (1, now(), '', '', '[]') on conflict (id) do update set kind = 'x'",
		} {
			wantRefused(t, pool, statement)
		}
		// Pruning allows to delete, and nothing else.
		wantRefused(t, pool, allowPruning, "update profile.audit_log set kind = 'x'")
		wantRefused(t, pool, allowPruning, "truncate profile.audit_log")
		wantRefused(t, pool, "select set_config('profile.pruning', 'yes', true)", "delete from profile.audit_log")
		wantCount(t, pool, 3)
	})
}

func TestPruningDeletesOnlyWhatIsTooOldAndCanBeRepeated(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	write(t, pool, 7, "366 days")
	write(t, pool, 2, "365 days 1 minute")
	write(t, pool, 4, "364 days 23 hours 59 minutes")
	write(t, pool, 5, "0")
	for _, want := range []int64{9, 0} {
		deleted, err := audit.Prune(t.Context(), testdb.WithLongTimeouts(pool), time.Now(), year)
		if err != nil || deleted != (audit.Pruned{Old: want}) {
			t.Errorf("deleted %+v, %v, want %d", deleted, err, want)
		}
		wantCount(t, pool, 9)
	}
}

// After pruning its connections are as strict as before.
func TestPruningLeavesTheLogClosed(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	write(t, pool, 2, "2 days")
	write(t, pool, 2, "0")
	if _, err := audit.Prune(t.Context(), testdb.WithLongTimeouts(pool), time.Now(), 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	connections := pool.AcquireAllIdle(t.Context())
	if len(connections) == 0 {
		t.Fatal("the pool has no connection that pruning used")
	}
	for _, connection := range connections {
		if _, err := connection.Exec(t.Context(), "delete from profile.audit_log"); err == nil {
			t.Error("a connection that has pruned may delete")
		}
		connection.Release()
	}
	wantCount(t, pool, 2)
}

func TestPruningDeletesSomeAtATime(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	write(t, pool, 2500, "2 days")
	execute(t, pool, "create table batches (id bigint generated always as identity, transaction xid8, size int)")
	execute(t, pool, `create function note() returns trigger language plpgsql as $$
		begin insert into batches (transaction, size) select pg_current_xact_id(), count(*) from gone; return null; end $$`)
	execute(t, pool, "create trigger note after delete on profile.audit_log referencing old table as gone for each statement execute function note()")
	deleted, err := audit.Prune(t.Context(), testdb.WithLongTimeouts(pool), time.Now(), 24*time.Hour)
	if err != nil || deleted.Old != 2500 {
		t.Errorf("deleted %+v, %v", deleted, err)
	}
	var sizes []int
	rows, err := pool.Query(t.Context(), "select sum(size)::int from batches group by transaction having sum(size) > 0 order by min(id)")
	if err == nil {
		sizes, err = pgx.CollectRows(rows, pgx.RowTo[int])
	}
	if err != nil || !slices.Equal(sizes, []int{1000, 1000, 500}) {
		t.Errorf("transactions deleted %v, %v", sizes, err)
	}
}

func TestPruningThatIsStoppedKeepsWhatItHasDone(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	write(t, pool, 1500, "2 days")
	execute(t, pool, `create function stop() returns trigger language plpgsql as $$
		begin if (select count(*) from profile.audit_log) < 1000 then raise exception 'stopped'; end if; return null; end $$`)
	execute(t, pool, `create trigger stop before delete on profile.audit_log for each statement execute function stop()`)
	deleted, err := audit.Prune(t.Context(), testdb.WithLongTimeouts(pool), time.Now(), 24*time.Hour)
	if err == nil || deleted.Old != 1000 {
		t.Errorf("deleted %+v, %v", deleted, err)
	}
	wantCount(t, pool, 500)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := audit.Prune(cancelled, testdb.WithLongTimeouts(pool), time.Now(), 24*time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	execute(t, pool, "drop trigger stop on profile.audit_log")
	if deleted, err := audit.Prune(t.Context(), testdb.WithLongTimeouts(pool), time.Now(), 24*time.Hour); err != nil || deleted.Old != 500 {
		t.Errorf("run again: deleted %+v, %v", deleted, err)
	}
}
