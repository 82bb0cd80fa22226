package db_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
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
	wantAllReleased(t, pool)
	return logged
}

func TestMigrationDoesNotChangeTheSharedTables(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Unmigrated)
	before := catalog(t, d.Pool, "public")
	if logged := mustMigrate(t, d.Pool); strings.Contains(logged, "level=WARN") {
		t.Errorf("logged %q", logged)
	}
	if after := catalog(t, d.Pool, "public"); after != before {
		t.Errorf("before:\n%s\n\nafter:\n%s", before, after)
	}
}

func TestGooseTableIsInTheSchemaProfile(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		got := testdb.Value[string](t, testdb.New(t, shape).Pool, `
			select string_agg(relnamespace::regnamespace::text, ' ') from pg_class where relname = 'goose_db_version'`)
		if got != "profile" {
			t.Errorf("it is in %q", got)
		}
	})
}

func TestSecondMigrationChangesNothing(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		d := testdb.New(t, shape) // migrated once
		public, profile := catalog(t, d.Pool, "public"), catalog(t, d.Pool, "profile")
		if logged := mustMigrate(t, d.Pool); logged != "" {
			t.Errorf("logged %q", logged)
		}
		if catalog(t, d.Pool, "public") != public || catalog(t, d.Pool, "profile") != profile {
			t.Error("something changed")
		}
	})
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
	for _, shape := range []testdb.Shape{testdb.Empty, testdb.Unmigrated} {
		t.Run(string(shape), func(t *testing.T) {
			t.Parallel()
			d := testdb.New(t, shape)
			const replicas = 5
			var together sync.WaitGroup
			start := make(chan struct{})
			errs, logs := make([]error, replicas), make([]string, replicas)
			for i := range replicas {
				pool := testdb.Open(t, d.URL)
				together.Go(func() {
					<-start
					logs[i], errs[i] = migrate(t.Context(), pool)
				})
			}
			close(start)
			together.Wait()
			for _, err := range errs {
				if err != nil {
					t.Error(err)
				}
			}
			logged := strings.Join(logs, "")
			if created := strings.Count(logged, "created the shared tables"); created != map[testdb.Shape]int{testdb.Empty: 1}[shape] {
				t.Errorf("the shared tables were created %d times", created)
			}
			if first := strings.Count(logged, "migrated version=1 "); first != 1 {
				t.Errorf("the first migration ran %d times", first)
			}
		})
	}
}

// lockAsAnotherReplica holds the migration lock until unlock is called or the test
// ends.
func lockAsAnotherReplica(t *testing.T, d *testdb.DB) (unlock func()) {
	t.Helper()
	other, err := d.Pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Release)
	testdb.Exec(t, other, "select pg_advisory_lock($1)", 0x70726f66696c65)
	return func() {
		if _, err := other.Exec(context.Background(), "select pg_advisory_unlock_all()"); err != nil {
			t.Error(err)
		}
	}
}

// awaitWaitForLock waits until a migration waits for the lock and returns the id of
// its backend process.
func awaitWaitForLock(t *testing.T, pool *pgxpool.Pool) (pid string) {
	t.Helper()
	const waiting = `select coalesce(min(pid)::text, '') from pg_stat_activity
		where datname = current_database() and wait_event_type = 'Lock' and wait_event = 'advisory'`
	testtime.Eventually(t, "a migration waits for the lock", func() bool {
		pid = testdb.Value[string](t, pool, waiting)
		return pid != ""
	})
	return pid
}

func TestWaitForAnotherReplicaIsLogged(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Empty)
	unlock := lockAsAnotherReplica(t, d)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var logged string
	failed := make(chan error, 1)
	pool := testdb.Open(t, d.URL)
	go func() {
		var err error
		logged, err = migrate(ctx, pool)
		failed <- err
	}()
	awaitWaitForLock(t, d.Pool)
	cancel()
	if err := <-failed; err == nil || !strings.Contains(logged, "waiting for another replica") {
		t.Errorf("err %v, logged %q", err, logged)
	}
	if got := testdb.Value[string](t, d.Pool, "select count(*)::text from pg_class where relnamespace = 'public'::regnamespace"); got != "0" {
		t.Errorf("it did not wait: %s relations were created", got)
	}
	unlock()
	mustMigrate(t, testdb.Open(t, d.URL))
}

func TestDatabaseWithSomeOfTheSharedTablesIsRejected(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Unmigrated)
	testdb.Exec(t, d.Pool, "drop table integraciones_google, configuracion_ia")
	_, err := migrate(t.Context(), d.Pool)
	const want = "lacks configuracion_ia, integraciones_google: if it is the right database, run the Python service's own migrations first"
	if err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want one that ends with %q", err, want)
	}
	if got := testdb.Value[string](t, d.Pool, "select count(*)::text from pg_namespace where nspname = 'profile'"); got != "0" {
		t.Error("something was created")
	}
}

func TestDatabaseOfAnotherApplicationIsRejected(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Empty)
	testdb.Exec(t, d.Pool, "create table public.invoices (id int)")
	before := catalog(t, d.Pool, "public")
	_, err := migrate(t.Context(), d.Pool)
	const want = "the database has tables in its schema public, but lacks empresas, usuarios, configuracion_pms, configuracion_ia, integraciones_google: "
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want one that begins with %q", err, want)
	}
	if catalog(t, d.Pool, "public") != before || testdb.Value[string](t, d.Pool, "select count(*)::text from pg_namespace where nspname = 'profile'") != "0" {
		t.Error("something was created")
	}
}

func TestMigrationNeedsNoPrivilegeToCreateInTheSchemaPublic(t *testing.T) {
	t.Parallel()
	for name, grant := range map[string]string{
		"it may create schemas":                        "grant create on database %s to %s",
		"it owns the schema":                           "create schema profile authorization %[2]s",
		"it may create in the schema of another owner": "create schema profile; grant usage, create on schema profile to %[2]s",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := testdb.New(t, testdb.Unmigrated)
			testdb.Exec(t, d.Pool, "revoke all on schema public from public")
			role := testdb.Value[string](t, d.Pool, "select 'limited_' || current_database()")
			statements := `do $$ begin
				execute format('create role %2$I', current_database(), '` + role + `');
				execute format('` + strings.NewReplacer("%s to %s", "%1$I to %2$I", "%[2]s", "%2$I").Replace(grant) + `', current_database(), '` + role + `');
			end $$;
			grant usage on schema public to ` + role + `;
			grant select, insert, update, delete on all tables in schema public to ` + role
			testdb.Exec(t, d.Pool, statements)
			t.Cleanup(func() {
				_, _ = d.Pool.Exec(context.Background(), "drop owned by "+role+"; drop role "+role)
			})

			limited := testdb.Open(t, with(d.URL, "role="+role))
			mustMigrate(t, limited)
			mustMigrate(t, limited)
			if got := testdb.Value[string](t, limited, "select current_user::text"); got != role {
				t.Fatalf("the test ran as %s", got)
			}
			company := newCompany("Limited")
			q := testdb.WithLongTimeouts(limited).Queries()
			if err := q.CompanyCreate(t.Context(), company); err != nil {
				t.Error(err)
			}
			err := q.TokenCutoffUpsert(t.Context(), sqlc.TokenCutoffUpsertParams{UserID: company.ID, IssuedBefore: time.Now()})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDatabaseOfANewerVersionIsAccepted(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	testdb.Exec(t, d.Pool, "insert into profile.goose_db_version (version_id, is_applied) values (99999, true)")
	mustMigrate(t, d.Pool)
}

func TestMigrationRestoresTheTimeoutsOfTheSession(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Empty)
	mustMigrate(t, d.Pool)
	for _, conn := range d.Pool.AcquireAllIdle(t.Context()) {
		var settings string
		err := conn.QueryRow(t.Context(), `select concat_ws(' ', current_setting('statement_timeout'), current_setting('lock_timeout'),
			(select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())))`).Scan(&settings)
		if err != nil || settings != "1min 1min 0" {
			t.Errorf("statement timeout, lock timeout, advisory locks: %s, %v", settings, err)
		}
		conn.Release()
	}
}

// With a pooler in transaction mode each transaction may run in another session, so a
// session's lock could not be released.
func TestMigrationLockBelongsToAnOpenTransaction(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Unmigrated)
	testdb.Exec(t, d.Pool, `
		create function public.look() returns event_trigger language plpgsql as $$ begin
			if (select string_agg(state, ',') from pg_stat_activity join pg_locks using (pid)
				where locktype = 'advisory' and datname = current_database() and granted) is distinct from 'idle in transaction' then
				raise 'no open transaction holds the lock';
			end if;
		end $$;
		create event trigger look on ddl_command_start when tag in ('CREATE TABLE') execute function public.look()`)
	mustMigrate(t, testdb.Open(t, with(d.URL, "pool_max_conns=2")))
}

func TestCancelledWaitForTheLockRestoresTheTimeoutsOfTheSession(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Empty)
	lockAsAnotherReplica(t, d)
	pool := testdb.Open(t, with(d.URL, "statement_timeout=31s", "lock_timeout=29s"))
	failed := make(chan error)
	go func() {
		_, err := migrate(t.Context(), pool)
		failed <- err
	}()
	testdb.Exec(t, d.Pool, "select pg_cancel_backend($1)", awaitWaitForLock(t, d.Pool))
	if err := <-failed; err == nil {
		t.Error("it migrated without the lock")
	}
	if got := testdb.Value[string](t, pool, "select current_setting('statement_timeout') || ' ' || current_setting('lock_timeout')"); got != "31s 29s" {
		t.Errorf("statement timeout, lock timeout: %s", got)
	}
}

// The trigger rejects an index when a timeout applies to it.
func TestMigrationHasNoStatementTimeout(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Unmigrated)
	testdb.Exec(t, d.Pool, `
		create function public.look() returns event_trigger language plpgsql as $$ begin
			if current_setting('statement_timeout') <> '0' or current_setting('idle_in_transaction_session_timeout') <> '0'
				or current_setting('lock_timeout') <> '29s' then
				raise 'the timeouts are wrong';
			end if;
		end $$;
		create event trigger look on ddl_command_start when tag in ('CREATE INDEX') execute function public.look()`)
	pool := testdb.Open(t, with(d.URL, "statement_timeout=31s", "idle_in_transaction_session_timeout=30s", "lock_timeout=29s"))
	if _, err := pool.Exec(t.Context(), "create index on empresas (nombre)"); err == nil {
		t.Fatal("the trigger accepts the timeouts of a request")
	}
	mustMigrate(t, pool)
	const want = "31s 30s 29s"
	for _, conn := range pool.AcquireAllIdle(t.Context()) {
		var got string
		err := conn.QueryRow(t.Context(), `select concat_ws(' ', current_setting('statement_timeout'),
			current_setting('idle_in_transaction_session_timeout'), current_setting('lock_timeout'))`).Scan(&got)
		if err != nil || got != want {
			t.Errorf("a connection of the pool has %s, want %s; %v", got, want, err)
		}
		conn.Release()
	}
	const others = `select count(*)::text from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
		and backend_type = 'client backend' and query like '%goose%'`
	testtime.Eventually(t, "goose's connections are closed", func() bool { return testdb.Value[string](t, d.Pool, others) == "0" })
}
