// Package clients runs the examples of docs/clients.md against the real server,
// and holds the page to the files that run here.
package clients

import (
	"os"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

func TestTheJavaScriptExamplesWork(t *testing.T) {
	node := testprogram.Node(t, ".")
	node.Script(t, "build")
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
				"EXPIRED_TOKEN=" + expiredToken(t, people.Admin),
			}, "--test", "scenario.test.js")
		})
	}
}

// expiredToken is one that the user got two hours ago.
func expiredToken(t *testing.T, user testdb.UserRow) string {
	t.Helper()
	signer, err := auth.NewSigner(auth.SignerConfig{
		Key:  []byte(testserver.JWTKey),
		Life: time.Hour,
		Now:  func() time.Time { return time.Now().Add(-2 * time.Hour) },
	})
	if err != nil {
		t.Fatal(err)
	}
	token, err := signer.Issue(auth.Claims{
		UserID:    user.ID,
		CompanyID: user.CompanyID,
		Email:     user.Email,
		Role:      auth.Role(user.Role),
	})
	if err != nil {
		t.Fatal(err)
	}
	return token
}
