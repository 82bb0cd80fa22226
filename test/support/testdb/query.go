package testdb

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Exec executes statements, for example as the Python service would.
func Exec(t testing.TB, to Execer, sql string, args ...any) {
	t.Helper()
	if _, err := to.Exec(context.Background(), sql, args...); err != nil {
		t.Fatalf("%v: %s", err, sql)
	}
}

// Value returns the value of a query with one row and one column.
func Value[T any](t testing.TB, pool *pgxpool.Pool, sql string, args ...any) T {
	t.Helper()
	values := Values[T](t, pool, sql, args...)
	if len(values) != 1 {
		t.Fatalf("%d rows: %s", len(values), sql)
	}
	return values[0]
}

// Values returns the values of a query with one column.
func Values[T any](t testing.TB, pool *pgxpool.Pool, sql string, args ...any) []T {
	t.Helper()
	rows, err := pool.Query(context.Background(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	values, err := pgx.CollectRows(rows, pgx.RowTo[T])
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// CompanyData returns the text of all rows that belong to a company.
func CompanyData(t testing.TB, pool *pgxpool.Pool, company uuid.UUID) string {
	t.Helper()
	return Value[string](t, pool, `select concat_ws('|', e::text,
		(select string_agg(u::text, '|' order by u.id) from usuarios u where u.empresa_id = e.id),
		(select string_agg(k::text, '|' order by u.id) from usuarios u join profile.kept_tokens k on k.user_id = u.id where u.empresa_id = e.id),
		(select string_agg(k::text, '|' order by u.id) from usuarios u join profile.token_cutoffs k on k.user_id = u.id where u.empresa_id = e.id),
		(select p::text from configuracion_pms p where p.empresa_id = e.id),
		(select a::text from configuracion_ia a where a.empresa_id = e.id),
		(select string_agg(l::text, '|' order by l.id) from profile.audit_log l where l.company_id = e.id),
		(select string_agg(i::text, '|' order by i.integration) from profile.integration_changes i where i.company_id = e.id),
		(select string_agg(c::text, '|' order by c.integration) from profile.connection_checks c where c.company_id = e.id),
		(select c::text from profile.pms_credentials c where c.company_id = e.id),
		(select c::text from profile.connection_check_counts c where c.company_id = e.id))
		from empresas e where e.id = $1`, company)
}
