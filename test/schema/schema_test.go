// Package schema tests that the server serves the committed schema.
package schema

import (
	"os"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

const committed = "../../schema.graphqls"

func TestIntrospectionMatchesTheCommittedSchema(t *testing.T) {
	t.Parallel()
	node := testprogram.Node(t, ".")
	server := testserver.New(t, testdb.Own)
	node.Run(t, nil, "node", "introspect.js", server.URL+"/graphql", committed)
}
