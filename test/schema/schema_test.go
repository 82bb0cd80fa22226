// Package schema tests that the server serves the schema that is committed.
package schema

import (
	"io"
	"net/http"
	"os"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

const committed = "../../schema.graphqls"

func TestTheServedSDLIsTheCommittedOne(t *testing.T) {
	t.Parallel()
	server := testserver.New(t, testdb.Own)
	answer, err := http.Get(server.URL + "/schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	served, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(committed)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK || string(served) != string(want) {
		t.Errorf("GET /schema.graphqls: %d, and not the text of schema.graphqls:\n%s", answer.StatusCode, served)
	}
}

func TestIntrospectionTellsTheCommittedSchema(t *testing.T) {
	t.Parallel()
	node := testprogram.Node(t, ".")
	server := testserver.New(t, testdb.Own)
	node.Run(t, nil, "introspect.js", server.URL+"/graphql", committed)
}
