package command

import (
	"fmt"
	"io"
	"net"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/demo"
	"github.com/stay-sidekick/profile-server/playground"
)

var (
	roleTitles = map[auth.Role]string{auth.Admin: "Administrator", auth.Operator: "Operator"}
	roleNames  = map[auth.Role]string{auth.Admin: "admin", auth.Operator: "operator"} // as create-user takes them
)

func demoAccounts() []playground.Account {
	var accounts []playground.Account
	for _, a := range demo.Accounts {
		label := fmt.Sprintf("%s of %s", roleTitles[a.Role], a.Company)
		accounts = append(accounts, playground.Account{Label: label, Email: a.Email, Password: a.Password})
	}
	return accounts
}

func printDemo(w io.Writer, address string, withPlayground bool) {
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) }
	line("")
	line("GraphQL     http://%s/graphql", address)
	if withPlayground {
		line("Playground  http://%s/playground", address)
	}
	line("Accounts, for development only:")
	for _, a := range demo.Accounts {
		line("  %-12s %-10s %-30s %s", a.Company, roleNames[a.Role], a.Email, a.Password)
	}
	line("Try it:")
	line(`  curl -s http://%s/graphql -H 'Content-Type: application/json' -d '{"query":"mutation { login(input: {email: \"%s\", password: \"%s\"}) { token user { email role company { name } } userErrors { message } } }"}'`,
		address, demo.Accounts[0].Email, demo.Accounts[0].Password)
	line("")
}

// isLoopback tells an address that only this machine can reach.
func isLoopback(address net.Addr) bool {
	tcp, ok := address.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// reachable is an address to type: a server that listens everywhere is on this
// machine too.
func reachable(address net.Addr) string {
	tcp, ok := address.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return address.String()
	}
	return fmt.Sprintf("localhost:%d", tcp.Port)
}
