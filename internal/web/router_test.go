package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestPlaygroundAndIntrospectionAreEnabledSeparately(t *testing.T) {
	t.Parallel()
	for _, on := range []struct{ playground, introspection bool }{{false, false}, {true, false}, {false, true}, {true, true}} {
		s := testserver.New(t, testdb.Own, func(c *config.Config) { c.Playground, c.Introspection = on.playground, on.introspection })
		for path, c := range map[string]struct {
			enabled bool
			status  int
			body    string
		}{
			"/":                       {on.playground, http.StatusOK, "<html"}, // redirects to /playground
			"/playground":             {on.playground, http.StatusOK, "<html"},
			"/playground/":            {on.playground, http.StatusOK, "<html"},
			"/playground/config.json": {on.playground, http.StatusOK, fmt.Sprintf(`{"endpoint":"/graphql","introspection":%t}`, on.introspection)},
			"/schema.graphqls":        {on.introspection, http.StatusOK, testserver.SDL(t)},
		} {
			get, head := s.Send(t, "", http.MethodGet, path, ""), s.Send(t, "", http.MethodHead, path, "")
			if !c.enabled {
				c.status = http.StatusNotFound
			}
			if get.Status != c.status || head.Status != c.status || head.Body != "" ||
				c.enabled && !strings.Contains(get.Body, c.body) || !c.enabled && envelope(get) != "GraphQL" {
				t.Errorf("%+v: %s: GET %d %.200s, HEAD %d %.200s", on, path, get.Status, get.Body, head.Status, head.Body)
			}
		}
		resp := s.Query(t, "", "{ __schema { queryType { name } } }", nil)
		if strings.Contains(resp.Body, `"data":{"__schema"`) != on.introspection {
			t.Errorf("%+v: introspection: got %s", on, resp.Body)
		}
	}
}
