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

func TestErrorDuringAuthenticationIsAnInternalErrorWithTheRequestID(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	token := "Authorization: Bearer " + s.Token(t, s.People(t).Admin)
	testdb.Exec(t, s.Pool, "drop table profile.kept_tokens")
	for _, resp := range []response{
		send(t, http.MethodPost, s.URL+"/graphql", meQuery, token),
		send(t, http.MethodGet, s.URL+"/api/perfil", "", token),
		send(t, http.MethodDelete, s.URL+"/api/perfil/integraciones/pms", "", token),
	} {
		if id := resp.Header.Get("X-Request-Id"); !strings.Contains(resp.text, id) || strings.Contains(resp.text, "kept_tokens") {
			t.Errorf("request %s: got %s", id, resp.text)
		}
		if resp.isGraphQL(t) && !strings.Contains(resp.text, `"INTERNAL_SERVER_ERROR"`) || resp.isREST(t) && resp.StatusCode != http.StatusInternalServerError {
			t.Errorf("got %d %s", resp.StatusCode, resp.text)
		}
		if entry := logged(t, s.Log, "internal error", resp); !strings.Contains(entry["error"].(string), "42P01") {
			t.Errorf("logged %v", entry)
		}
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
	if send(t, http.MethodGet, s.URL+"/readyz", ""); queried.Load() == 0 {
		t.Error("connections to the database are not counted")
	}
}
