package cli

import (
	"fmt"
	"io"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/devdb"
)

// roleNames are the values of --role.
var roleNames = map[auth.Role]string{auth.Admin: "admin", auth.Operator: "operator"}

func printDemo(w io.Writer, address string, withPlayground bool) {
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) }
	line("")
	line("GraphQL     http://%s/graphql", address)
	if withPlayground {
		line("Playground  http://%s/playground", address)
	}
	line("Accounts, for development only:")
	for _, a := range devdb.DemoAccounts {
		line("  %-12s %-10s %-30s %s", a.Company, roleNames[a.Role], a.Email, a.Password)
	}
	line("Try it:")
	line(`  curl -s http://%s/graphql -H 'Content-Type: application/json' -d '{"query":"mutation { login(input: {email: \"%s\", password: \"%s\"}) { token user { email role company { name } } userErrors { message } } }"}'`,
		address, devdb.DemoAccounts[0].Email, devdb.DemoAccounts[0].Password)
	line("")
}
