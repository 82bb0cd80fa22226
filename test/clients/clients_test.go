// Package clients runs the examples that docs/clients.md links to against the server.
package clients

import (
	"os"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

func TestJavaScriptExamples(t *testing.T) {
	node := testprogram.Node(t, ".")
	node.Run(t, nil, "npm", "run", "--silent", "build")
	server := testserver.New(t, testdb.Own)
	for example, file := range map[string]string{
		"fetch":   "./fetch/profile.js",
		"apollo":  "./apollo/profile.js",
		"urql":    "./urql/profile.js",
		"codegen": "./codegen/build/profile.js",
	} {
		t.Run(example, func(t *testing.T) {
			people := server.People(t)
			node.Run(t, []string{
				"EXAMPLE=" + example,
				"FILE=" + file,
				"PROFILE_URL=" + server.URL + "/graphql",
				"ADMIN=" + people.Admin.Email,
				"OPERATOR=" + people.Operator.Email,
				"PASSWORD=" + testdb.Password,
				"EXPIRED_TOKEN=" + testserver.ExpiredToken(t, people.Admin),
			}, "node", "--test", "scenario.test.js")
		})
	}
	t.Run("partial data", func(t *testing.T) {
		token := server.Token(t, server.People(t).Operator)
		node.Run(t, []string{"PROFILE_URL=" + server.URL + "/graphql", "TOKEN=" + token}, "node", "--test", "partial.test.js")
	})
}
