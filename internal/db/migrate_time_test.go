package db_test

import (
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/testdb"
)

func TestTheSessionsTimeoutsAreBackAfterMigrating(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Empty)
	mustMigrate(t, d.Pool)
	for _, conn := range d.Pool.AcquireAllIdle(t.Context()) {
		var settings string
		err := conn.QueryRow(t.Context(), `select concat_ws(' ', current_setting('statement_timeout'), current_setting('lock_timeout'),
			(select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())))`).Scan(&settings)
		if err != nil || settings != "5s 3s 0" {
			t.Errorf("statement timeout, lock timeout, advisory locks: %s, %v", settings, err)
		}
		conn.Release()
	}
}

// Every index here takes longer than the pool lets a statement take.
func TestAMigrationMayTakeLongerThanAStatementOfARequest(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Unmigrated)
	exec(t, d.Pool, `
		create function public.slow() returns event_trigger language plpgsql as $$ begin
			perform pg_sleep(0.4);
			if current_setting('idle_in_transaction_session_timeout') <> '0' or current_setting('lock_timeout') <> '150ms' then
				raise 'the other timeouts are not as they should be';
			end if;
		end $$;
		create event trigger slow on ddl_command_start when tag in ('CREATE INDEX') execute function public.slow()`)
	pool := open(t, with(d.URL, "statement_timeout=200", "idle_in_transaction_session_timeout=200", "lock_timeout=150"))
	if _, err := pool.Exec(t.Context(), "create index on empresas (nombre)"); err == nil {
		t.Fatal("an index is made in time, so the test shows nothing")
	}
	mustMigrate(t, pool)
	const want = "200ms 200ms 150ms"
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
	for deadline := time.Now().Add(10 * time.Second); query(t, d.Pool, others) != "0"; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("goose's connections stay open")
		}
	}
}
