// Package audit lets the tools of the GraphQL world judge the server over HTTP.
package audit

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

func TestServerPassesTheAuditsOfGraphQLOverHTTP(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("node is missing, and CI must not skip the audits")
		}
		t.Skip("node is missing: the audits of GraphQL over HTTP did not run")
	}
	install(t)
	server := testserver.New(t, testdb.Own)
	output, err := exec.Command("node", "audit.mjs", server.URL+"/graphql").CombinedOutput()
	t.Logf("%s", output)
	if err != nil {
		t.Error(err)
	}
	const all = "61 of 61 audits pass"
	if !strings.Contains(string(output), all) {
		t.Fatalf("not %s", all)
	}
	t.Logf("figure: graphql-http: %s", all)
}

// install fetches the pinned packages unless they are there.
func install(t *testing.T) {
	t.Helper()
	if _, err := os.Stat("node_modules/graphql-http"); err == nil {
		return
	}
	output, err := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund").CombinedOutput()
	if err != nil {
		t.Fatalf("npm ci: %v\n%s", err, output)
	}
}
