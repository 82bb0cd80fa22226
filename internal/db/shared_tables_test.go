package db_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

// The tables are those of the Python service, and their columns have defaults.
func TestEmptyDatabaseGetsTheSharedTablesWithDefaultsAndConstraints(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Empty)
	logged := mustMigrate(t, d.Pool)
	if !strings.Contains(logged, "level=WARN") || !strings.Contains(logged, "the Python service can no longer be set up on it") {
		t.Errorf("logged %q", logged)
	}
	defaults := testdb.Values[string](t, d.Pool, `
		select table_name || ': ' || string_agg(column_name || ' ' || column_default, ', ' order by column_name)
		from information_schema.columns where table_schema = 'public' and column_default is not null group by table_name order by table_name`)
	const all = "created_at now(), id gen_random_uuid(), "
	if want := []string{
		"configuracion_ia: activo true, " + all + "proveedor 'default'::character varying, updated_at now()",
		"configuracion_pms: activo true, " + all + "updated_at now()",
		"empresas: activa true, configuracion '{}'::jsonb, created_at now(), herramientas_activas '{}'::jsonb, id gen_random_uuid(), updated_at now()",
		"integraciones_google: activo true, " + all + "updated_at now()",
		"usuarios: activo true, created_at now(), es_superadmin false, id gen_random_uuid(), updated_at now()",
	}; !slices.Equal(defaults, want) {
		t.Errorf("got  %q\nwant %q", defaults, want)
	}
	python := testdb.New(t, testdb.Unmigrated).Pool
	for _, query := range []string{
		`select concat_ws(' ', table_name, column_name, data_type, character_maximum_length, is_nullable)
		from information_schema.columns where table_schema = 'public' and table_name <> 'alembic_version' order by 1`,
		`select conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint
		where connamespace = 'public'::regnamespace and contype in ('p', 'u', 'f') and conrelid::regclass::text <> 'alembic_version' order by 1`,
	} {
		if got, want := testdb.Values[string](t, d.Pool, query), testdb.Values[string](t, python, query); !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}
