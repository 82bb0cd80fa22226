// Package testfault makes a database behave badly from the inside, without
// harm to its data.
package testfault

import (
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// patient lets a transaction take any time: under load it waits for locks longer
// than a request may.
const patient = "set local lock_timeout = 0; set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0"

// HoldCompany locks a company's row in a session of its own, as another program
// may, until release is called.
func HoldCompany(t testing.TB, pool *pgxpool.Pool, company uuid.UUID) (release func()) {
	t.Helper()
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{patient, "select from empresas where id = '" + company.String() + "' for update"} {
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

// Moment is when a write fails.
type Moment string

const (
	// AtStatement is at once.
	AtStatement Moment = "trigger test_fault before insert on profile.audit_log"
	// AtCommit is when nothing but the end of the transaction is left to do.
	AtCommit Moment = "constraint trigger test_fault after insert on profile.audit_log deferrable initially deferred"
)

// DiskFull makes every write to the audit log, the last one of a save, fail as
// it does on a full disk, until DiskFree is called.
func DiskFull(t testing.TB, pool *pgxpool.Pool, when Moment) {
	t.Helper()
	failing(t, pool, when, "raise exception 'no space left on device' using errcode = 'disk_full'")
}

// DiskFree ends DiskFull.
func DiskFree(t testing.TB, pool *pgxpool.Pool) { t.Helper(); undo(t, pool) }

// Slow makes every write to the audit log take a minute, until Fast is called.
func Slow(t testing.TB, pool *pgxpool.Pool) {
	t.Helper()
	failing(t, pool, AtStatement, "perform pg_sleep(60); return new")
}

// Fast ends Slow.
func Fast(t testing.TB, pool *pgxpool.Pool) { t.Helper(); undo(t, pool) }

func failing(t testing.TB, pool *pgxpool.Pool, when Moment, how string) {
	t.Helper()
	change(t, pool, "create function public.test_fault() returns trigger language plpgsql as $$ begin "+how+"; end $$",
		"create "+string(when)+" for each row execute function public.test_fault()")
}

func undo(t testing.TB, pool *pgxpool.Pool) {
	t.Helper()
	change(t, pool, "drop function public.test_fault() cascade")
}

// change runs statements in one transaction.
func change(t testing.TB, pool *pgxpool.Pool, statements ...string) {
	t.Helper()
	err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		for _, statement := range append([]string{patient}, statements...) {
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

// SetReadOnly switches the whole server to reading only or back, also for
// sessions that are there, except those that have a setting of their own. It
// takes a moment to reach them all.
func SetReadOnly(t testing.TB, pool *pgxpool.Pool, value bool) {
	t.Helper()
	setting := "off"
	if value {
		setting = "on"
	}
	exec(t, pool, "alter system set default_transaction_read_only = "+setting)
	exec(t, pool, "select pg_reload_conf()")
}

func exec(t testing.TB, pool *pgxpool.Pool, sql string) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}
