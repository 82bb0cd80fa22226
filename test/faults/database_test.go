package faults

import (
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// lockCompany locks a company's row in a separate session, as another program
// can, until release is called.
func lockCompany(t *testing.T, pool *pgxpool.Pool, company uuid.UUID) (release func()) {
	t.Helper()
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	testdb.Exec(t, tx, "select from empresas where id = $1 for update", company)
	return func() {
		if err := tx.Rollback(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// The moments at which a write to the audit log, the last write of a save, runs a trigger.
const (
	atStatement = "trigger test_fault before insert on profile.audit_log"
	atCommit    = "constraint trigger test_fault after insert on profile.audit_log deferrable initially deferred"
)

// diskFull is the body of a trigger that fails as on a full disk.
const diskFull = "raise exception 'no space left on device' using errcode = 'disk_full'"

// createTrigger creates a trigger that exists until end is called.
func createTrigger(t *testing.T, pool *pgxpool.Pool, moment, body string) (end func()) {
	t.Helper()
	testdb.Exec(t, pool, "create function public.test_fault() returns trigger language plpgsql as $$ begin "+body+"; end $$;"+
		"create "+moment+" for each row execute function public.test_fault()")
	return func() { testdb.Exec(t, pool, "drop function public.test_fault() cascade") }
}

// setReadOnly makes the whole database server read-only until end is called. It
// affects existing sessions too, after a moment, except those that set
// default_transaction_read_only themselves.
func setReadOnly(t *testing.T, pool *pgxpool.Pool) (end func()) {
	t.Helper()
	set := func(value string) {
		testdb.Exec(t, pool, "alter system set default_transaction_read_only = "+value)
		testdb.Exec(t, pool, "select pg_reload_conf()")
	}
	set("on")
	return func() { set("off") }
}

func TestCorrectPasswordDuringOutageIsNotAFailedAttempt(t *testing.T) {
	t.Parallel()
	server := testserver.New(t, testdb.Own)
	admin := server.People(t).Admin
	signIn := func() *testserver.Response {
		return server.Query(t, "", `mutation ($e: EmailAddress!, $p: Password!) { login(input: {email: $e, password: $p}) { token } }`,
			map[string]any{"e": admin.Email, "p": testdb.Password})
	}
	end := createTrigger(t, server.Pool, atCommit, diskFull)
	for i := range 8 {
		if response := signIn(); response.Code() != "UNAVAILABLE" {
			t.Errorf("attempt %d while the disk is full: %s", i+1, response.Body)
		}
	}
	end()
	if response := signIn(); len(response.Errors) > 0 {
		t.Errorf("afterwards: %s", response.Body)
	}
}
