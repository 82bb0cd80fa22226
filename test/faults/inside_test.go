package faults

import (
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/test/support/testload"
)

// locked tells whether a session of the database waits for a lock.
func locked(t *testing.T, pool *pgxpool.Pool) bool {
	t.Helper()
	return yes(t, pool, others+"wait_event_type = 'Lock')")
}

// trying tells whether another session of the database runs a statement.
func trying(t *testing.T, pool *pgxpool.Pool) bool {
	t.Helper()
	return yes(t, pool, others+"state = 'active')")
}

// busy tells whether another session of the database runs a statement or is in
// a transaction.
func busy(t *testing.T, pool *pgxpool.Pool) bool {
	t.Helper()
	return yes(t, pool, others+"state <> 'idle')")
}

// others begins a question about the other sessions of the database.
const others = `select exists (select from pg_stat_activity
	where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid() and `

func yes(t *testing.T, pool *pgxpool.Pool, query string) (is bool) {
	t.Helper()
	if err := pool.QueryRow(t.Context(), query).Scan(&is); err != nil {
		t.Fatal(err)
	}
	return is
}

// everything is all that the saves of a company could have changed.
func everything(t *testing.T, pool *pgxpool.Pool, company uuid.UUID) (text string) {
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

func mustBeUnavailable(t *testing.T, ending testload.Result) {
	t.Helper()
	if ending.Outcome != testload.Unavailable {
		t.Errorf("the answer should be to try again: %s", ending.Text)
	}
	if ending.Took > inTime {
		t.Errorf("the answer took %s", ending.Took)
	}
}

func mustBeAnswered(t *testing.T, ending testload.Result) {
	t.Helper()
	if ending.Outcome != testload.Answered {
		t.Errorf("the answer should be good: %s", ending.Text)
	}
}
