package rest

import (
	"net/http"
	"testing"
)

// Every signed-in user may read the settings of the company, so one stricter field would
// close its whole route to operators.
func TestReadsSelectNoFieldThatIsStricterThanAuthenticated(t *testing.T) {
	for _, rt := range routes {
		if doc := mustLoad(t, rt.document); rt.method == http.MethodGet && doc.access > authenticated {
			t.Errorf("%s %s: documents/%s.graphql selects %s, which is stricter than @authenticated", rt.method, rt.path, rt.document, doc.guarded)
		}
	}
}
