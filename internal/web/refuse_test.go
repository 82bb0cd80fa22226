package web_test

import (
	"net/http"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestUnknownPathIs404InJSON(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, "BREW"} {
		for _, path := range []string{"/no", "/graphql/", "/graphql/x", "/GraphQL", "/healthz/", "/metrics", "/debug/pprof/", "/.env", "/%2e%2e/etc/passwd", "/apiary"} {
			resp := send(t, method, s.URL+path, "")
			if resp.StatusCode != http.StatusNotFound || !resp.isGraphQL(t) {
				t.Errorf("%s %s: got %d %s", method, path, resp.StatusCode, resp.text)
			}
		}
		resp := send(t, method, s.URL+"/api/no", "")
		if resp.StatusCode != http.StatusNotFound || !resp.isREST(t) {
			t.Errorf("%s /api/no: got %d %s", method, resp.StatusCode, resp.text)
		}
	}
}

func TestUnsupportedMethodIs405InJSONWithAllow(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	for _, path := range []string{"/healthz", "/readyz", "/schema.graphqls", "/", "/playground", "/playground/config.json"} {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodTrace, http.MethodOptions, "BREW"} {
			resp := send(t, method, s.URL+path, "")
			if resp.StatusCode != http.StatusMethodNotAllowed || !resp.isGraphQL(t) || resp.Header.Get("Allow") != "GET, HEAD" {
				t.Errorf("%s %s: got %d, Allow %q, %s", method, path, resp.StatusCode, resp.Header.Get("Allow"), resp.text)
			}
		}
	}
	for path, c := range map[string]struct {
		allow    string
		envelope func(response, *testing.T) bool
	}{
		"/graphql":                      {"GET, POST", response.isGraphQL},
		"/api/perfil":                   {"GET, HEAD", response.isREST},
		"/api/perfil/integraciones/pms": {"DELETE, PUT", response.isREST},
	} {
		for _, method := range []string{http.MethodPatch, http.MethodTrace, http.MethodOptions, "BREW", "get"} {
			resp := send(t, method, s.URL+path, "")
			if resp.StatusCode != http.StatusMethodNotAllowed || !c.envelope(resp, t) || resp.Header.Get("Allow") != c.allow {
				t.Errorf("%s %s: got %d, Allow %q, %s", method, path, resp.StatusCode, resp.Header.Get("Allow"), resp.text)
			}
		}
	}
	resp := send(t, http.MethodHead, s.URL+"/graphql?query=%7Bme%7Bid%7D%7D", "")
	if resp.StatusCode != http.StatusMethodNotAllowed || resp.text != "" || resp.Header.Get("Allow") != "GET, POST" {
		t.Errorf("HEAD /graphql: got %d, Allow %q, %s", resp.StatusCode, resp.Header.Get("Allow"), resp.text)
	}
}
