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

// migrate returns what was logged.
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
	nothingHeld(t, pool)
	return logged
}

func TestThePythonServicesTablesAreNotTouched(t *testing.T) {
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

func TestGoosesTableLivesInTheOwnSchema(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		got := query(t, testdb.New(t, shape).Pool, `
			select string_agg(relnamespace::regnamespace::text, ' ') from pg_class where relname = 'goose_db_version'`)
		if got != "profile" {
			t.Errorf("it is in %q", got)
		}
	})
}

func TestMigratingTwiceChangesNothing(t *testing.T) {
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

// catalog describes everything in a schema.
func catalog(t *testing.T, pool *pgxpool.Pool, schema string) string {
	t.Helper()
	return query(t, pool, `
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

func TestReplicasMigrateOneAfterTheOther(t *testing.T) {
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

// lockAsAnotherReplica takes the lock of migrations until unlock or the test's end.
func lockAsAnotherReplica(t *testing.T, d *testdb.DB) (unlock func()) {
	t.Helper()
	other, err := d.Pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Release)
	if _, err := other.Exec(t.Context(), "select pg_advisory_lock($1)", 0x70726f66696c65); err != nil {
		t.Fatal(err)
	}
	return func() {
		if _, err := other.Exec(context.Background(), "select pg_advisory_unlock_all()"); err != nil {
			t.Error(err)
		}
	}
}

// awaitWaitForLock waits until a migration waits for that lock, and returns its
// process.
func awaitWaitForLock(t *testing.T, pool *pgxpool.Pool) (pid string) {
	t.Helper()
	const waiting = `select coalesce(min(pid)::text, '') from pg_stat_activity
		where datname = current_database() and wait_event_type = 'Lock' and wait_event = 'advisory'`
	for deadline := time.Now().Add(testtime.MaxWait); ; time.Sleep(10 * time.Millisecond) {
		if pid = query(t, pool, waiting); pid != "" {
			return pid
		}
		if time.Now().After(deadline) {
			t.Fatal("it does not wait for the lock")
		}
	}
}

func TestTheWaitForAnotherReplicaIsTold(t *testing.T) {
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
	if got := query(t, d.Pool, "select count(*)::text from pg_class where relnamespace = 'public'::regnamespace"); got != "0" {
		t.Errorf("it did not wait: %s things were made", got)
	}
	unlock()
	mustMigrate(t, testdb.Open(t, d.URL))
}

func TestADatabaseWithSomeOfTheSharedTablesIsRefused(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Unmigrated)
	exec(t, d.Pool, "drop table integraciones_google, configuracion_ia")
	_, err := migrate(t.Context(), d.Pool)
	const want = "not configuracion_ia, integraciones_google: if it is the right database, bring the Python service's own migrations up to date first"
	if err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want one that ends with %q", err, want)
	}
	if got := query(t, d.Pool, "select count(*)::text from pg_namespace where nspname = 'profile'"); got != "0" {
		t.Error("something was made all the same")
	}
}

func TestADatabaseOfAnotherApplicationIsRefused(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Empty)
	exec(t, d.Pool, "create table public.invoices (id int)")
	before := catalog(t, d.Pool, "public")
	_, err := migrate(t.Context(), d.Pool)
	const want = "the database has tables in its schema public, but not empresas, usuarios, configuracion_pms, configuracion_ia, integraciones_google: "
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want one that begins with %q", err, want)
	}
	if catalog(t, d.Pool, "public") != before || query(t, d.Pool, "select count(*)::text from pg_namespace where nspname = 'profile'") != "0" {
		t.Error("something was made all the same")
	}
}

func TestARoleThatMayCreateNothingInPublicCanMigrateThePythonServicesDatabase(t *testing.T) {
	t.Parallel()
	for name, grant := range map[string]string{
		"it may create schemas":               "grant create on database %s to %s",
		"its schema was made for it":          "create schema profile authorization %[2]s",
		"it may create in a schema of others": "create schema profile; grant usage, create on schema profile to %[2]s",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := testdb.New(t, testdb.Unmigrated)
			exec(t, d.Pool, "revoke all on schema public from public")
			role := query(t, d.Pool, "select 'limited_' || current_database()")
			statements := `do $$ begin
				execute format('create role %2$I', current_database(), '` + role + `');
				execute format('` + strings.NewReplacer("%s to %s", "%1$I to %2$I", "%[2]s", "%2$I").Replace(grant) + `', current_database(), '` + role + `');
			end $$;
			grant usage on schema public to ` + role + `;
			grant select, insert, update, delete on all tables in schema public to ` + role
			exec(t, d.Pool, statements)
			t.Cleanup(func() {
				_, _ = d.Pool.Exec(context.Background(), "drop owned by "+role+"; drop role "+role)
			})

			limited := testdb.Open(t, with(d.URL, "role="+role))
			mustMigrate(t, limited)
			mustMigrate(t, limited)
			if got := query(t, limited, "select current_user::text"); got != role {
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

func TestADatabaseThatANewerVersionMigratedStillWorks(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	exec(t, d.Pool, "insert into profile.goose_db_version (version_id, is_applied) values (99999, true)")
	mustMigrate(t, d.Pool)
}
