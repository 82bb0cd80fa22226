package faults

import (
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/test/support/testload"
)

// locked reports whether another session of the database waits for a lock.
func locked(t *testing.T, pool *pgxpool.Pool) bool {
	t.Helper()
	return queryBool(t, pool, otherSessions+"wait_event_type = 'Lock')")
}

// running reports whether another session of the database runs a statement.
func running(t *testing.T, pool *pgxpool.Pool) bool {
	t.Helper()
	return queryBool(t, pool, otherSessions+"state = 'active')")
}

// busy reports whether another session of the database runs a statement or has an
// open transaction.
func busy(t *testing.T, pool *pgxpool.Pool) bool {
	t.Helper()
	return queryBool(t, pool, otherSessions+"state <> 'idle')")
}

// otherSessions is the beginning of a query about the other sessions.
const otherSessions = `select exists (select from pg_stat_activity
	where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid() and `

func queryBool(t *testing.T, pool *pgxpool.Pool, query string) (is bool) {
	t.Helper()
	if err := pool.QueryRow(t.Context(), query).Scan(&is); err != nil {
		t.Fatal(err)
	}
	return is
}

// companyData returns all data that the saves of a company can change.
func companyData(t *testing.T, pool *pgxpool.Pool, company uuid.UUID) (text string) {
	t.Helper()
	err := pool.QueryRow(t.Context(), `
		select jsonb_build_object(
			'company', (select to_jsonb(e) from empresas e where id = $1),
			'pms', (select to_jsonb(p) from configuracion_pms p where empresa_id = $1),
			'ai', (select to_jsonb(a) from configuracion_ia a where empresa_id = $1),
			'changes', (select jsonb_agg(to_jsonb(c) order by integration) from profile.integration_changes c where company_id = $1),
			'audit', (select jsonb_agg(to_jsonb(l) order by id) from profile.audit_log l where company_id = $1))`,
		company).Scan(&text)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// wantCompanyData checks that the data of a company did not change.
func wantCompanyData(t *testing.T, pool *pgxpool.Pool, company uuid.UUID, want string) {
	t.Helper()
	if got := companyData(t, pool, company); got != want {
		t.Errorf("before:\n%s\nafter:\n%s", want, got)
	}
}

func wantUnavailable(t *testing.T, result testload.Result) {
	t.Helper()
	if result.Outcome != testload.Unavailable {
		t.Errorf("want an unavailable response: %s", result.Text)
	}
	if result.Took > maxSaveWait {
		t.Errorf("the response took %s", result.Took)
	}
}

func wantAnswered(t *testing.T, result testload.Result) {
	t.Helper()
	if result.Outcome != testload.Answered {
		t.Errorf("want success: %s", result.Text)
	}
}
