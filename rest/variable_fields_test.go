package rest_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/rest"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// TestSavedFieldIsShown changes one field at a time on each path that GET shows and PUT
// replaces.
func TestSavedFieldIsShown(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	admin := credentials(t, "admin")
	paths := 0
	for _, r := range rest.Routes() {
		if r.Method != http.MethodPut || !slices.Contains(rest.Routes(), rest.Route{Method: http.MethodGet, Path: r.Path}) {
			continue
		}
		paths++
		fields := rest.BodyFields(t, r)
		body := map[string]any{}
		for _, field := range fields {
			body[field.Name] = field.Values[0]
		}
		for _, field := range fields {
			changed := maps.Clone(body)
			changed[field.Name] = field.Values[1]
			check(t, s.Send(t, "", r.Method, r.Path, testserver.JSON(t, changed), admin...), http.StatusOK, `{"ok":true}`)
			shown := s.Send(t, "", http.MethodGet, r.Path, "", admin...).Body
			var answer struct{ Config map[string]any }
			decoder := json.NewDecoder(strings.NewReader(shown))
			decoder.UseNumber()
			if err := decoder.Decode(&answer); err != nil || !reflect.DeepEqual(answer.Config, changed) {
				t.Errorf("%s %s: GET shows %s after a PUT of %v", r.Path, field.Name, shown, changed)
			}
		}
	}
	if paths < 2 {
		t.Errorf("found only %d paths", paths)
	}
}
