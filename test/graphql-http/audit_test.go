// Package audit checks the server with the audits of GraphQL over HTTP.
package audit

import (
	"os"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

func TestServerPassesTheAuditsOfGraphQLOverHTTP(t *testing.T) {
	const audits = "58" // of 61: audit.mjs names the superseded ones
	testprogram.Node(t, ".").Run(t, nil, "node", "audit.mjs", testserver.New(t, testdb.Own).URL+"/graphql", audits)
	t.Logf("figure: graphql-http: %s of %s audits pass", audits, audits)
}
