package testdb_test

import (
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

func TestDatabasesAreSeparate(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		a, b := testdb.New(t, shape), testdb.New(t, shape)
		testdb.Company(t, a.Pool, testdb.CompanyRow{})
		if got := testdb.Value[string](t, a.Pool, "select count(*)::text from empresas"); got != "1" {
			t.Errorf("%s companies in the first database", got)
		}
		if got := testdb.Value[string](t, b.Pool, "select count(*)::text from empresas"); got != "0" {
			t.Errorf("%s companies in the second database", got)
		}
	})
}

func TestDatabaseIsDroppedAtTheEndOfTheTest(t *testing.T) {
	t.Parallel()
	name := "select current_database()"
	var gone string
	t.Run("test", func(t *testing.T) {
		gone = testdb.Value[string](t, testdb.New(t, testdb.Empty).Pool, name)
	})
	other := testdb.New(t, testdb.Empty)
	if got := testdb.Value[string](t, other.Pool, "select count(*)::text from pg_database where datname = $1", gone); got != "0" {
		t.Errorf("%s is still there", gone)
	}
}

func TestAlembicShapeHasOneDefault(t *testing.T) {
	t.Parallel()
	defaults := `select coalesce(string_agg(table_name || '.' || column_name, ' '), '')
		from information_schema.columns where table_schema = 'public' and column_default is not null`
	if got := testdb.Value[string](t, testdb.New(t, testdb.Alembic).Pool, defaults); got != "usuarios.es_superadmin" {
		t.Errorf("columns with a default: %s", got)
	}
	if got := testdb.Value[string](t, testdb.New(t, testdb.Own).Pool, defaults); len(strings.Fields(got)) < 20 {
		t.Errorf("columns with a default in the own shape: %s", got)
	}
}

// The columns are defined twice, independently: in alembic.sql as in the Python
// service, and in the migrations.
func TestBothShapesHaveTheSameColumns(t *testing.T) {
	t.Parallel()
	columns := `select string_agg(concat_ws(' ', table_name, column_name, data_type, character_maximum_length, is_nullable),
			E'\n' order by table_name, column_name)
		from information_schema.columns where table_schema = 'public' and table_name <> 'alembic_version'`
	own := testdb.Value[string](t, testdb.New(t, testdb.Own).Pool, columns)
	alembic := testdb.Value[string](t, testdb.New(t, testdb.Alembic).Pool, columns)
	if own != alembic {
		t.Errorf("own:\n%s\n\nAlembic:\n%s", own, alembic)
	}
}

func TestMigrationsDoNotChangeExistingPublicTables(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Unmigrated)
	before := publicSchema(t, d.Pool)
	if err := db.Migrate(t.Context(), d.Pool, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	if after := publicSchema(t, d.Pool); after != before {
		t.Errorf("before:\n%s\n\nafter:\n%s", before, after)
	}
	if got := testdb.Value[string](t, d.Pool, "select count(*)::text from pg_class where relnamespace = 'profile'::regnamespace"); got == "0" {
		t.Error("the schema profile is empty")
	}
}

// publicSchema describes all objects in public, including the triggers of foreign
// keys in other schemas.
func publicSchema(t *testing.T, pool *pgxpool.Pool) string {
	return testdb.Value[string](t, pool, `
		with relations as (
			select oid, relname, relkind, relowner, relacl, relhastriggers, relrowsecurity, relreplident
			from pg_class where relnamespace = 'public'::regnamespace
		), things as (
			select concat_ws(' ', relname, relkind, relowner, relacl::text, relhastriggers, relrowsecurity, relreplident) as thing from relations
			union all
			select concat_ws(' ', table_name, column_name, ordinal_position, data_type, character_maximum_length, is_nullable, column_default)
			from information_schema.columns where table_schema = 'public'
			union all
			select concat_ws(' ', relname, conname, pg_get_constraintdef(c.oid)) from pg_constraint c join relations r on r.oid = conrelid
			union all
			select indexdef from pg_indexes where schemaname = 'public'
			union all
			select concat_ws(' ', relname, tgname) from pg_trigger join relations r on r.oid = tgrelid
			union all
			select concat_ws(' ', 'routine', proname) from pg_proc where pronamespace = 'public'::regnamespace
			union all
			select concat_ws(' ', 'type', typname) from pg_type where typnamespace = 'public'::regnamespace
			union all
			select concat_ws(' ', 'schema', nspowner, nspacl::text) from pg_namespace where nspname = 'public'
		)
		select string_agg(thing, E'\n' order by thing collate "C") from things`)
}
