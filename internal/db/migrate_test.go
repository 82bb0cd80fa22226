package db_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// migrate runs db.Migrate and returns its log.
func migrate(ctx context.Context, pool *pgxpool.Pool) (logged string, err error) {
	var log bytes.Buffer
	err = db.Migrate(ctx, pool, slog.New(slog.NewTextHandler(&log, nil)))
	return log.String(), err
}

func mustMigrate(t *testing.T, pool *pgxpool.Pool) (logged string) {
	t.Helper()
	logged, err := migrate(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	return logged
}

func TestMigrationDoesNotChangeExistingTables(t *testing.T) {
	t.Parallel()
	for shape, schemas := range map[testdb.Shape][]string{
		testdb.Unmigrated: {"public"}, testdb.Own: {"public", "profile"}, testdb.Alembic: {"public", "profile"},
	} {
		t.Run(string(shape), func(t *testing.T) {
			t.Parallel()
			d := testdb.New(t, shape)
			before := map[string]string{}
			for _, schema := range schemas {
				before[schema] = catalog(t, d.Pool, schema)
			}
			if logged := mustMigrate(t, d.Pool); strings.Contains(logged, "level=WARN") || logged != "" && shape != testdb.Unmigrated {
				t.Errorf("logged %q", logged)
			}
			for schema, catalogBefore := range before {
				if after := catalog(t, d.Pool, schema); after != catalogBefore {
					t.Errorf("before:\n%s\n\nafter:\n%s", catalogBefore, after)
				}
			}
		})
	}
}

// catalog returns a description of every object in a schema.
func catalog(t *testing.T, pool *pgxpool.Pool, schema string) string {
	t.Helper()
	return testdb.Value[string](t, pool, `
		with relations as (
			select * from pg_class where relnamespace = $1::text::regnamespace
		), things as (
			select concat_ws(' ', relname, relkind, relowner, relacl::text, relhastriggers, relrowsecurity, reloptions::text) as thing from relations
			union all
			select concat_ws(' ', relname, attname, attnum, format_type(atttypid, atttypmod), attnotnull, attacl::text, pg_get_expr(adbin, adrelid))
			from relations r join pg_attribute a on a.attrelid = r.oid left join pg_attrdef on adrelid = r.oid and adnum = attnum
			union all
			select concat_ws(' ', r.relname, conname, pg_get_constraintdef(c.oid)) from pg_constraint c join relations r on r.oid = conrelid
			union all
			select indexdef from pg_indexes where schemaname = $1
			union all
			select concat_ws(' ', relname, tgname, tgenabled) from pg_trigger join relations r on r.oid = tgrelid
			union all
			select concat_ws(' ', 'routine', proname) from pg_proc where pronamespace = $1::text::regnamespace
			union all
			select concat_ws(' ', 'type', typname) from pg_type where typnamespace = $1::text::regnamespace
			union all
			select concat_ws(' ', 'schema', nspowner, nspacl::text) from pg_namespace where nspname = $1
		)
		select string_agg(thing, E'\n' order by thing collate "C") from things`, schema)
}

func TestConcurrentMigrationsRunOneAfterTheOther(t *testing.T) {
	t.Parallel()
	for shape, created := range map[testdb.Shape]int{testdb.Empty: 1, testdb.Unmigrated: 0} {
		t.Run(string(shape), func(t *testing.T) {
			t.Parallel()
			d := testdb.New(t, shape)
			var replicas sync.WaitGroup
			var logs [5]string
			start := make(chan struct{})
			for i := range logs {
				pool := testdb.Open(t, d.URL)
				replicas.Go(func() {
					<-start
					var err error
					if logs[i], err = migrate(t.Context(), pool); err != nil {
						t.Error(err)
					}
				})
			}
			close(start)
			replicas.Wait()
			logged := strings.Join(logs[:], "")
			if n := strings.Count(logged, "created the shared tables"); n != created {
				t.Errorf("the shared tables were created %d times", n)
			}
			if n := strings.Count(logged, "migrated version=1 "); n != 1 {
				t.Errorf("the first migration ran %d times", n)
			}
		})
	}
}

const showTimeouts = `select concat_ws(' ', current_setting('statement_timeout'),
	current_setting('idle_in_transaction_session_timeout'), current_setting('lock_timeout'))`

// withTimeouts returns a pool whose sessions have other timeouts than by default:
// "31s 30s 29s".
func withTimeouts(t *testing.T, d *testdb.DB) *pgxpool.Pool {
	t.Helper()
	return testdb.Open(t, with(d.URL, "statement_timeout=31s", "idle_in_transaction_session_timeout=30s", "lock_timeout=29s"))
}

func wantTimeouts(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	for _, conn := range pool.AcquireAllIdle(t.Context()) {
		var got string
		if err := conn.QueryRow(t.Context(), showTimeouts).Scan(&got); err != nil || got != "31s 30s 29s" {
			t.Errorf("a connection of the pool has the timeouts %s, %v", got, err)
		}
		conn.Release()
	}
}

func TestMigrationWaitsForAnotherReplica(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Empty)
	other, err := d.Pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Release()
	testdb.Exec(t, other, "select pg_advisory_lock($1)", 0x70726f66696c65)
	pool := withTimeouts(t, d)
	var logged string
	failed := make(chan error)
	go func() {
		var err error
		logged, err = migrate(t.Context(), pool)
		failed <- err
	}()
	testtime.Eventually(t, "a migration waits for the lock", func() bool {
		return testdb.Value[int](t, d.Pool, `select count(pg_cancel_backend(pid)) from pg_stat_activity
			where datname = current_database() and wait_event_type = 'Lock' and wait_event = 'advisory'`) > 0
	})
	if err := <-failed; err == nil || !strings.Contains(logged, "waiting for another replica") {
		t.Errorf("err %v, logged %q", err, logged)
	}
	if got := testdb.Value[int](t, d.Pool, "select count(*) from pg_class where relnamespace = 'public'::regnamespace"); got != 0 {
		t.Errorf("it did not wait: %d relations were created", got)
	}
	wantTimeouts(t, pool)
	testdb.Exec(t, other, "select pg_advisory_unlock_all()")
	mustMigrate(t, pool)
}

func TestDatabaseWithOtherTablesIsRejected(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		shape   testdb.Shape
		sql     string
		missing string
	}{
		{testdb.Unmigrated, "drop table integraciones_google, configuracion_ia", "configuracion_ia, integraciones_google"},
		{testdb.Empty, "create table public.invoices (id int)", "empresas, usuarios, configuracion_pms, configuracion_ia, integraciones_google"},
	} {
		d := testdb.New(t, c.shape)
		testdb.Exec(t, d.Pool, c.sql)
		before := catalog(t, d.Pool, "public")
		_, err := migrate(t.Context(), d.Pool)
		want := "the database has tables in its schema public, but lacks " + c.missing +
			": if it is the right database, run the Python service's own migrations first"
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %q", err, want)
		}
		if catalog(t, d.Pool, "public") != before || testdb.Value[bool](t, d.Pool, "select to_regnamespace('profile') is not null") {
			t.Error("something was created")
		}
	}
}

func TestDatabaseOfANewerVersionIsAccepted(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	testdb.Exec(t, d.Pool, "insert into profile.goose_db_version (version_id, is_applied) values (99999, true)")
	mustMigrate(t, d.Pool)
}

// The trigger rejects an index when a timeout applies to it, or when no open
// transaction holds the lock: with a pooler in transaction mode each transaction may
// run in another session, so a session's lock could not be released.
func TestMigrationHasNoStatementTimeoutAndLocksInATransaction(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Unmigrated)
	testdb.Exec(t, d.Pool, `
		create function public.look() returns event_trigger language plpgsql as $$ begin
			if current_setting('statement_timeout') <> '0' or current_setting('idle_in_transaction_session_timeout') <> '0'
				or current_setting('lock_timeout') <> '29s' then
				raise 'the timeouts are wrong';
			end if;
			if (select string_agg(state, ',') from pg_stat_activity join pg_locks using (pid)
				where locktype = 'advisory' and datname = current_database() and granted) is distinct from 'idle in transaction' then
				raise 'no open transaction holds the lock';
			end if;
		end $$;
		create event trigger look on ddl_command_start when tag in ('CREATE INDEX') execute function public.look()`)
	pool := withTimeouts(t, d)
	_, err := pool.Exec(t.Context(), "create index on empresas (nombre)")
	if err == nil || !strings.Contains(err.Error(), "the timeouts are wrong") {
		t.Fatalf("the trigger accepts the timeouts of a request: %v", err)
	}
	mustMigrate(t, pool)
	wantTimeouts(t, pool)
	const others = `select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
		and backend_type = 'client backend' and query like '%goose%'`
	testtime.Eventually(t, "goose's connections are closed", func() bool { return testdb.Value[int](t, d.Pool, others) == 0 })
	const advisory = `select count(*) from pg_locks l join pg_database d on d.oid = l.database
		where locktype = 'advisory' and datname = current_database()`
	if n := testdb.Value[int](t, d.Pool, advisory); n != 0 {
		t.Errorf("%d advisory locks are left", n)
	}
}
