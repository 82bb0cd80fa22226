package db_test

import (
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestTheSessionsTimeoutsAreBackAfterMigrating(t *testing.T) {
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

// A pooler in transaction mode gives each transaction another session: a lock of
// a session would be released in one that does not have it.
func TestTheLockIsHeldByAnOpenTransaction(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Unmigrated)
	exec(t, d.Pool, `
		create function public.look() returns event_trigger language plpgsql as $$ begin
			if (select string_agg(state, ',') from pg_stat_activity join pg_locks using (pid)
				where locktype = 'advisory' and datname = current_database() and granted) is distinct from 'idle in transaction' then
				raise 'the lock is not that of a transaction';
			end if;
		end $$;
		create event trigger look on ddl_command_start when tag in ('CREATE TABLE') execute function public.look()`)
	mustMigrate(t, testdb.Open(t, with(d.URL, "pool_max_conns=2")))
}

func TestAWaitForTheLockThatIsBrokenOffLeavesTheSessionsTimeoutsAsTheyWere(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Empty)
	lockAsAnotherReplica(t, d)
	pool := testdb.Open(t, with(d.URL, "statement_timeout=31s", "lock_timeout=29s"))
	failed := make(chan error)
	go func() {
		_, err := migrate(t.Context(), pool)
		failed <- err
	}()
	exec(t, d.Pool, "select pg_cancel_backend($1)", awaitWaitForLock(t, d.Pool))
	if err := <-failed; err == nil {
		t.Error("it went on without the lock")
	}
	if got := query(t, pool, "select current_setting('statement_timeout') || ' ' || current_setting('lock_timeout')"); got != "31s 29s" {
		t.Errorf("statement timeout, lock timeout: %s", got)
	}
}

// The trigger refuses an index that may not take all the time it needs.
func TestAMigrationMayTakeLongerThanAStatementOfARequest(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Unmigrated)
	exec(t, d.Pool, `
		create function public.look() returns event_trigger language plpgsql as $$ begin
			if current_setting('statement_timeout') <> '0' or current_setting('idle_in_transaction_session_timeout') <> '0'
				or current_setting('lock_timeout') <> '29s' then
				raise 'the timeouts are not as they should be';
			end if;
		end $$;
		create event trigger look on ddl_command_start when tag in ('CREATE INDEX') execute function public.look()`)
	pool := testdb.Open(t, with(d.URL, "statement_timeout=31s", "idle_in_transaction_session_timeout=30s", "lock_timeout=29s"))
	if _, err := pool.Exec(t.Context(), "create index on empresas (nombre)"); err == nil {
		t.Fatal("an index may be made within the timeouts of a request, so the test shows nothing")
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
	for deadline := time.Now().Add(testtime.MaxWait); query(t, d.Pool, others) != "0"; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("goose's connections stay open")
		}
	}
}
