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
			"/no", "/graphql/", "/graphql/x", "/GraphQL", "/healthz/", "/metrics", "/debug/pprof/", "/.env", "/%2e%2e/etc/passwd", "/apiary", "/api", "/api/no",
		} {
			resp := s.Send(t, "", method, path, "")
			if resp.Status != http.StatusNotFound || envelope(resp) != envelopeOf(path) {
				t.Errorf("%s %s: got %d %s", method, path, resp.Status, resp.Body)
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
		rejected := make(map[string]*testserver.Response)
		for _, method := range []string{"BREW", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE", "get"} {
			if resp := s.Send(t, "", method, path, ""); resp.Status == http.StatusMethodNotAllowed {
				rejected[method] = resp
			} else {
				allowed = append(allowed, method)
			}
		}
		if len(rejected) == 0 || len(allowed) == 0 {
			t.Errorf("%s accepts %q", path, allowed)
		}
		for method, resp := range rejected {
			if method != http.MethodHead && envelope(resp) != envelopeOf(path) || resp.Header.Get("Allow") != strings.Join(allowed, ", ") {
				t.Errorf("%s %s: got Allow %q, want %q: %s", method, path, resp.Header.Get("Allow"), allowed, resp.Body)
			}
		}
	}
}
