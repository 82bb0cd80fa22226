package web_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestErrorDuringAuthenticationIsLoggedAndCounted(t *testing.T) {
	t.Parallel()
	broken := testserver.New(t, testdb.Own)
	admin := broken.People(t).Admin
	testdb.Exec(t, broken.Pool, "drop table profile.kept_tokens")
	away := testserver.On(t, testdb.Open(t, "postgres://nobody@127.0.0.1:1/none"))
	for code, c := range map[string]struct {
		server         *testserver.Server
		status         int
		logged, reason string
	}{
		"INTERNAL_SERVER_ERROR": {broken, http.StatusInternalServerError, "internal error", "42P01"},
		"UNAVAILABLE":           {away, http.StatusServiceUnavailable, "database unavailable", "connection refused"},
	} {
		s, token := c.server, "Authorization: Bearer "+c.server.Token(t, admin)
		graphQL := send(t, http.MethodPost, s.URL+"/graphql", meQuery, token)
		if !strings.Contains(graphQL.text, code) {
			t.Errorf("GraphQL: got %s, want %s", graphQL.text, code)
		}
		read, change := send(t, http.MethodGet, s.URL+"/api/perfil", "", token), send(t, http.MethodDelete, s.URL+pmsRoute, "", token)
		if read.StatusCode != c.status || change.StatusCode != c.status {
			t.Errorf("REST: got %d and %d, want %d", read.StatusCode, change.StatusCode, c.status)
		}
		for _, resp := range []response{graphQL, read, change} {
			id := resp.Header.Get("X-Request-Id")
			if strings.Contains(resp.text, "kept_tokens") || strings.Contains(resp.text, id) != (c.server == broken) {
				t.Errorf("request %s: got %s", id, resp.text)
			}
			if entry := logged(t, s.Log, c.logged, resp); !strings.Contains(entry["error"].(string), c.reason) {
				t.Errorf("logged %v", entry)
			}
		}
		wantLines(t, metricsOf(t, s), `graphql_errors_total{code="`+code+`"} 3`)
	}
}

func TestRequestsThatNeedNoCallerUseNoDatabase(t *testing.T) {
	t.Parallel()
	cfg, err := pgxpool.ParseConfig("postgres://nobody@127.0.0.1:1/none")
	if err != nil {
		t.Fatal(err)
	}
	var queried atomic.Int32
	cfg.BeforeConnect = func(context.Context, *pgx.ConnConfig) error {
		queried.Add(1)
		return errors.New("no database")
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	s := testserver.On(t, pool)
	token := "Authorization: Bearer " + s.Token(t, unknownUser())
	for _, c := range []struct {
		method, path, body string
		status             int
		header             []string
	}{
		{http.MethodGet, "/healthz", "", http.StatusOK, nil},
		{http.MethodGet, "/api/health", "", http.StatusOK, nil},
		{http.MethodGet, "/api/csrf-token", "", http.StatusOK, nil},
		{http.MethodGet, "/api/no", "", http.StatusNotFound, nil},
		{http.MethodPatch, "/api/perfil", "", http.StatusMethodNotAllowed, nil},
		{http.MethodPost, "/api/auth/login", "{}", http.StatusBadRequest, nil},
		{http.MethodPatch, "/graphql", "", http.StatusMethodNotAllowed, nil},
		{http.MethodPost, "/graphql", strings.Repeat(" ", 65<<10), http.StatusRequestEntityTooLarge, nil},
		{http.MethodPost, "/graphql", "", http.StatusUnsupportedMediaType, []string{"Content-Type: text/plain"}},
		{http.MethodPost, "/graphql", `{"query":"{ __typename }"}`, http.StatusOK, nil},
	} {
		resp := send(t, c.method, s.URL+c.path, c.body, append(c.header, token)...)
		if resp.StatusCode != c.status || queried.Load() != 0 {
			t.Errorf("%s %s: got %d %.80s, want %d; %d connections to the database",
				c.method, c.path, resp.StatusCode, resp.text, c.status, queried.Swap(0))
		}
	}
	if resp := send(t, http.MethodHead, s.URL+"/readyz", ""); resp.StatusCode != http.StatusServiceUnavailable || queried.Load() == 0 {
		t.Errorf("/readyz: got %d, %d connections to the database", resp.StatusCode, queried.Load())
	}
}
