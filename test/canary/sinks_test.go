package canary_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// metrics returns the response of /metrics.
func metrics(t *testing.T, server *testserver.Server) string {
	t.Helper()
	w := httptest.NewRecorder()
	server.App.Metrics.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

// allRows returns the text of all rows of all tables of the service.
func allRows(t *testing.T, server *testserver.Server) string {
	t.Helper()
	tables := texts(t, server, "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('public', 'profile')")
	var all strings.Builder
	for _, table := range tables {
		for _, row := range texts(t, server, "select t::text from "+table+" t") {
			all.WriteString(table + ": " + row + "\n")
		}
	}
	return all.String()
}

// statements returns the last and the prepared statements of all connections.
func statements(t *testing.T, server *testserver.Server) string {
	t.Helper()
	return strings.Join(append(
		texts(t, server, "select query from pg_stat_activity where datname = current_database()"),
		texts(t, server, "select statement from pg_prepared_statements")...), "\n")
}

func texts(t *testing.T, server *testserver.Server, query string) []string {
	t.Helper()
	rows, err := server.Pool.Query(context.Background(), query)
	if err != nil {
		t.Fatal(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return found
}
