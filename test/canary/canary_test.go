// Package canary_test sends unique secrets through every operation of both APIs, in
// valid and invalid requests, and then searches for them in responses, logs,
// metrics, the database and its statements.
package canary_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

// canaries are the secrets that were sent.
type canaries []string

// next returns a new secret of 20 characters.
func (c *canaries) next() string {
	secret := fmt.Sprintf("Zq7-canary-%04d-Xw9v", len(*c))
	*c = append(*c, secret)
	return secret
}

// sender sends requests and collects the responses.
type sender struct {
	t         *testing.T
	server    *testserver.Server
	token     string
	responses strings.Builder
}

// send sends a request. The body is JSON unless a header says otherwise.
func (s *sender) send(method, path, body string, headers ...string) {
	s.t.Helper()
	r := s.server.Send(s.t, s.token, method, path, body, headers...)
	fmt.Fprintf(&s.responses, "%d %v\n%s\n", r.Status, r.Header, r.Body)
}

func (s *sender) graphql(query string, variables map[string]any) {
	s.t.Helper()
	s.rest(http.MethodPost, "/graphql", map[string]any{"query": query, "variables": variables})
}

func (s *sender) rest(method, path string, body map[string]any) {
	s.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	s.send(method, path, string(text))
}

func TestNoSecretLeaks(t *testing.T) {
	server := testserver.New(t, testdb.Own)
	people := server.People(t)
	var secrets canaries
	s := &sender{t: t, server: server}
	for _, user := range []testdb.UserRow{people.Admin, people.Operator, {}} {
		s.token = ""
		if user.Email != "" {
			s.token = server.Token(t, user)
		}
		sendEverything(s, &secrets, user)
	}
	t.Logf("figure: canaries: %d secrets in %d bytes of responses", len(secrets), s.responses.Len())

	for place, text := range map[string]string{
		"a response":                s.responses.String(),
		"the log":                   server.Log.String(),
		"a metric":                  metrics(t, server),
		"the database":              allRows(t, server),
		"a statement in PostgreSQL": statements(t, server),
	} {
		if len(text) < 100 {
			t.Errorf("%s: only %d bytes to search", place, len(text))
		}
		for _, secret := range secrets {
			for _, form := range []string{secret, url.QueryEscape(secret), strings.ToLower(secret)} {
				if at := strings.Index(text, form); at >= 0 {
					t.Errorf("%s contains %s: …%s…", place, form, text[max(0, at-80):min(len(text), at+len(form)+40)])
				}
			}
		}
	}
}

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
