// Package testfault injects faults between the service and its database: into
// the network, with a proxy, and into the database itself. No fault harms data.
package testfault

import (
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

// noTimeouts lets a transaction run without timeouts: under load it waits for
// locks longer than the timeouts of a request allow.
const noTimeouts = "set local lock_timeout = 0; set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0"

// HoldCompany locks a company's row in a separate session, as another program
// can, until release is called.
func HoldCompany(t testing.TB, pool *pgxpool.Pool, company uuid.UUID) (release func()) {
	t.Helper()
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{noTimeouts, "select from empresas where id = '" + company.String() + "' for update"} {
		testdb.Exec(t, tx, statement)
	}
	return func() {
		t.Helper()
		if err := tx.Rollback(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// Moment is the moment at which a write fails.
type Moment string

const (
	// AtStatement fails the statement itself.
	AtStatement Moment = "trigger test_fault before insert on profile.audit_log"
	// AtCommit fails the commit, after all statements have succeeded.
	AtCommit Moment = "constraint trigger test_fault after insert on profile.audit_log deferrable initially deferred"
)

// DiskFull makes every write to the audit log, the last write of a save, fail as
// on a full disk until end is called.
func DiskFull(t testing.TB, pool *pgxpool.Pool, when Moment) (end func()) {
	t.Helper()
	return createTrigger(t, pool, when, "raise exception 'no space left on device' using errcode = 'disk_full'")
}

// Slow makes every write to the audit log take a minute until end is called.
func Slow(t testing.TB, pool *pgxpool.Pool) (end func()) {
	t.Helper()
	return createTrigger(t, pool, AtStatement, "perform pg_sleep(60); return new")
}

func createTrigger(t testing.TB, pool *pgxpool.Pool, when Moment, body string) (drop func()) {
	t.Helper()
	runInTx(t, pool, "create function public.test_fault() returns trigger language plpgsql as $$ begin "+body+"; end $$",
		"create "+string(when)+" for each row execute function public.test_fault()")
	return func() {
		t.Helper()
		runInTx(t, pool, "drop function public.test_fault() cascade")
	}
}

func runInTx(t testing.TB, pool *pgxpool.Pool, statements ...string) {
	t.Helper()
	err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		for _, statement := range append([]string{noTimeouts}, statements...) {
			if _, err := tx.Exec(t.Context(), statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// ReadOnly makes the whole database server read-only until end is called. It
// affects existing sessions too, after a moment, except those that set
// default_transaction_read_only themselves.
func ReadOnly(t testing.TB, pool *pgxpool.Pool) (end func()) {
	t.Helper()
	set := func(value string) {
		t.Helper()
		for _, statement := range []string{"alter system set default_transaction_read_only = " + value, "select pg_reload_conf()"} {
			testdb.Exec(t, pool, statement)
		}
	}
	set("on")
	return func() { t.Helper(); set("off") }
}
