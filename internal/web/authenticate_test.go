package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

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
		token := c.server.Token(t, admin)
		graphQL := c.server.Post(t, token, meQuery)
		if graphQL.Code() != code {
			t.Errorf("GraphQL: got %s, want %s", graphQL.Body, code)
		}
		rest := c.server.Send(t, token, http.MethodDelete, pmsRoute, "")
		if rest.Status != c.status {
			t.Errorf("REST: got %d, want %d", rest.Status, c.status)
		}
		for _, resp := range []*testserver.Response{graphQL, rest} {
			id := resp.Header.Get("X-Request-Id")
			if strings.Contains(resp.Body, "kept_tokens") || strings.Contains(resp.Body, id) != (c.server == broken) {
				t.Errorf("request %s: got %s", id, resp.Body)
			}
			if entry := logged(t, c.server.Log, c.logged, resp); !strings.Contains(entry["error"].(string), c.reason) {
				t.Errorf("logged %v", entry)
			}
		}
		wantLines(t, metricsOf(t, c.server), `graphql_errors_total{code="`+code+`"} 2`)
	}
}

func TestRequestsThatNeedNoCallerUseNoDatabase(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	token := s.Token(t, testdb.UserRow{ID: uuid.New()})
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
		before := s.Pool.Stat().AcquireCount()
		resp := s.Send(t, token, c.method, c.path, c.body, c.header...)
		if used := s.Pool.Stat().AcquireCount() - before; resp.Status != c.status || used != 0 {
			t.Errorf("%s %s: got %d %.80s, want %d; used %d connections", c.method, c.path, resp.Status, resp.Body, c.status, used)
		}
	}
}
