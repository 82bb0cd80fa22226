package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestUnknownPathIs404InJSON(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, "BREW"} {
		for _, path := range []string{
			"/no", "/graphql/", "/graphql/x", "/GraphQL", "/healthz/", "/metrics", "/debug/pprof/", "/.env", "/%2e%2e/etc/passwd", "/apiary", "/api/no",
		} {
			resp := send(t, method, s.URL+path, "")
			if resp.StatusCode != http.StatusNotFound || resp.envelope() != envelopeOf(path) {
				t.Errorf("%s %s: got %d %s", method, path, resp.StatusCode, resp.text)
			}
		}
	}
}

// The routes are those of the router, so that a new one is tested too.
func TestUnsupportedMethodOfEveryRouteIs405InJSONWithAllow(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	paths := map[string]bool{"/playground/config.json": true}
	for _, route := range s.Routes(t) {
		paths[route[1]] = true
	}
	for path := range paths {
		var allowed []string // in the order of Allow
		refused := make(map[string]response)
		for _, method := range []string{"BREW", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE", "get"} {
			resp := send(t, method, s.URL+path, "")
			if resp.StatusCode != http.StatusMethodNotAllowed {
				allowed = append(allowed, method)
				continue
			}
			refused[method] = resp
		}
		if len(refused) == 0 || len(allowed) == 0 {
			t.Errorf("%s accepts %q", path, allowed)
		}
		for method, resp := range refused {
			if method != http.MethodHead && resp.envelope() != envelopeOf(path) || resp.Header.Get("Allow") != strings.Join(allowed, ", ") {
				t.Errorf("%s %s: got Allow %q, want %q: %s", method, path, resp.Header.Get("Allow"), allowed, resp.text)
			}
		}
	}
}
