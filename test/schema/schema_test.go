// Package schema tests that the server serves the committed schema.
package schema

import (
	"net/http"
	"os"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

const committed = "../../schema.graphqls"

func TestServedSDLIsTheCommittedOne(t *testing.T) {
	t.Parallel()
	server := testserver.New(t, testdb.Own)
	response := server.Send(t, "", http.MethodGet, "/schema.graphqls", "")
	want, err := os.ReadFile(committed)
	if err != nil {
		t.Fatal(err)
	}
	if response.Status != http.StatusOK || response.Body != string(want) {
		t.Errorf("GET /schema.graphqls: status %d, body:\n%s", response.Status, response.Body)
	}
}

func TestIntrospectionMatchesTheCommittedSchema(t *testing.T) {
	t.Parallel()
	node := testprogram.Node(t, ".")
	server := testserver.New(t, testdb.Own)
	node.Run(t, nil, "introspect.js", server.URL+"/graphql", committed)
}
