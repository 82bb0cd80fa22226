// Package testfault injects faults between the service and its database: into
// the network, with a proxy, and into the database itself. No fault harms data.
package testfault

import (
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
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
		if _, err := tx.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
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
// on a full disk until DiskFree is called.
func DiskFull(t testing.TB, pool *pgxpool.Pool, when Moment) {
	t.Helper()
	createTrigger(t, pool, when, "raise exception 'no space left on device' using errcode = 'disk_full'")
}

// DiskFree ends DiskFull.
func DiskFree(t testing.TB, pool *pgxpool.Pool) { t.Helper(); dropTrigger(t, pool) }

// Slow makes every write to the audit log take a minute until Fast is called.
func Slow(t testing.TB, pool *pgxpool.Pool) {
	t.Helper()
	createTrigger(t, pool, AtStatement, "perform pg_sleep(60); return new")
}

// Fast ends Slow.
func Fast(t testing.TB, pool *pgxpool.Pool) { t.Helper(); dropTrigger(t, pool) }

func createTrigger(t testing.TB, pool *pgxpool.Pool, when Moment, body string) {
	t.Helper()
	runInTx(t, pool, "create function public.test_fault() returns trigger language plpgsql as $$ begin "+body+"; end $$",
		"create "+string(when)+" for each row execute function public.test_fault()")
}

func dropTrigger(t testing.TB, pool *pgxpool.Pool) {
	t.Helper()
	runInTx(t, pool, "drop function public.test_fault() cascade")
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

// SetReadOnly makes the whole database server read-only, or writable again. It
// affects existing sessions too, after a moment, except those that set
// default_transaction_read_only themselves.
func SetReadOnly(t testing.TB, pool *pgxpool.Pool, value bool) {
	t.Helper()
	setting := "off"
	if value {
		setting = "on"
	}
	for _, statement := range []string{"alter system set default_transaction_read_only = " + setting, "select pg_reload_conf()"} {
		if _, err := pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}
