package testdb_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestServerKeepsURLAndRowsAcrossHaltAndCrash(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(*testdb.Postgres) error{
		"halt": (*testdb.Postgres).Halt, "crash": (*testdb.Postgres).Crash,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testdb.Server(t, testdb.Alembic, map[string]string{"max_connections": "20"})
			url := s.URL()
			conn, err := pgx.Connect(t.Context(), url)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close(context.Background())
			c := testdb.Company(t, conn, testdb.CompanyRow{})

			if err := stop(s); err != nil {
				t.Fatal(err)
			}
			if err := conn.Ping(t.Context()); err == nil {
				t.Error("the connection is still open")
			}
			if other, err := pgx.Connect(t.Context(), url); err == nil {
				other.Close(t.Context())
				t.Fatal("a stopped server accepts a connection")
			}
			if err := s.Resume(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := testdb.Value[string](t, testdb.Open(t, url), "select nombre from empresas"); got != c.Name {
				t.Errorf("stored %q, want %q", got, c.Name)
			}
			log, err := os.ReadFile(filepath.Join(filepath.Dir(s.DataDir()), "postgres.log"))
			if crashed := strings.Contains(string(log), "not properly shut down"); err != nil || crashed != (name == "crash") {
				t.Errorf("crashed: %t, %v\n%s", crashed, err, log)
			}
			if err := s.Resume(t.Context()); err == nil {
				t.Error("a running server was started again")
			}
		})
	}
}
