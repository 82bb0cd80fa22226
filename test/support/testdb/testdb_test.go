package testdb_test

import (
	"os"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

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
