package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestEnabledRoutesRespond(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	for path, status := range map[string]int{"/": http.StatusSeeOther, "/playground": http.StatusOK, "/schema.graphqls": http.StatusOK} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			if resp := send(t, method, s.URL+path, ""); resp.StatusCode != status {
				t.Errorf("%s %s: got %d %s", method, path, resp.StatusCode, resp.text)
			}
		}
	}
	resp := send(t, http.MethodGet, s.URL+"/schema.graphqls", "")
	if resp.text != testserver.SDL(t) {
		t.Errorf("got another text than the committed schema: %.200s", resp.text)
	}
	if resp = send(t, http.MethodHead, s.URL+"/schema.graphqls", ""); resp.text != "" {
		t.Errorf("HEAD has a body: %.100s", resp.text)
	}
}

func TestPlaygroundAndIntrospectionAreEnabledSeparately(t *testing.T) {
	t.Parallel()
	for _, on := range []struct{ playground, introspection bool }{{false, false}, {true, false}, {false, true}} {
		s := testserver.New(t, testdb.Own, func(c *config.Config) { c.Playground, c.Introspection = on.playground, on.introspection })
		for path, enabled := range map[string]bool{
			"/": on.playground, "/playground": on.playground, "/playground/": on.playground, "/playground/config.json": on.playground,
			"/schema.graphqls": on.introspection,
		} {
			resp := send(t, http.MethodGet, s.URL+path, "")
			if (resp.StatusCode == http.StatusNotFound) == enabled || !enabled && resp.envelope() != "GraphQL" {
				t.Errorf("%+v: %s: got %d %.200s", on, path, resp.StatusCode, resp.text)
			}
			if path == "/playground/config.json" && enabled && !strings.Contains(resp.text, `"introspection":false`) {
				t.Errorf("%+v: got %s", on, resp.text)
			}
		}
		resp := send(t, http.MethodPost, s.URL+"/graphql", `{"query":"{ __schema { queryType { name } } }"}`)
		if strings.Contains(resp.text, `"data":{"__schema"`) != on.introspection {
			t.Errorf("%+v: introspection: got %s", on, resp.text)
		}
	}
}
