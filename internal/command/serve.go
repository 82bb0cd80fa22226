package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/stay-sidekick/profile-server/internal/app"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/check"
	"github.com/stay-sidekick/profile-server/internal/demo"
	"github.com/stay-sidekick/profile-server/playground"
)

// Serve runs the server.
type Serve struct {
	Force bool `help:"Start even when the configured keys open none of the stored ones."`
}

// Run serves until the context ends.
func (c *Serve) Run(g *Globals) error {
	s, err := open(g)
	if err != nil {
		return err
	}
	defer s.close()
	if err := c.checkDatabase(g.Context, s); err != nil {
		return err
	}
	listeners, err := s.listeners(g)
	if err != nil {
		return err
	}
	s.log.InfoContext(g.Context, "serving", "address", listeners[0].Addr().String(), "version", version())
	if s.cfg.Development() {
		printDemo(g.Out, listeners[0].Addr().String(), s.cfg.Playground)
	}
	err = app.Serve(g.Context, s.log, listeners...)
	s.log.Info("stopped")
	return err
}

// checkDatabase refuses a database that this service would harm.
func (c *Serve) checkDatabase(ctx context.Context, s *session) error {
	q := s.app.DB.Queries()
	if err := check.Columns(ctx, q); err != nil {
		return err
	}
	count, err := check.Tokens(ctx, q, s.app.Keys, check.Sample)
	if err != nil {
		return err
	}
	if err := count.Usable(); err != nil && !c.Force {
		return fmt.Errorf("%w; --force starts anyway", err)
	}
	if len(count.Broken) > 0 {
		s.log.WarnContext(ctx, "no configured key opens some stored keys; the command check names them", "broken", len(count.Broken), "looked at", count.Stored())
	}
	return nil
}

// listeners opens the addresses, so that a taken port is told before anything
// is promised.
func (s *session) listeners(g *Globals) ([]app.Listener, error) {
	var accounts []playground.Account
	if s.cfg.Development() {
		if err := demo.Fill(g.Context, s.app.DB, time.Now()); err != nil {
			return nil, err
		}
		accounts = demoAccounts()
	}
	handler, err := s.app.Handler(g.SDL, accounts)
	if err != nil {
		return nil, err
	}
	public, err := app.Listen(s.cfg.ListenAddr, handler)
	if err != nil || s.cfg.AdminAddr == "" {
		return []app.Listener{public}, err
	}
	admin, err := app.Listen(s.cfg.AdminAddr, s.app.Metrics.Handler())
	if err != nil {
		return nil, errors.Join(err, public.Close())
	}
	return []app.Listener{public, admin}, nil
}

var roleTitles = map[auth.Role]string{auth.Admin: "Administrator", auth.Operator: "Operator"}

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
		line("  %-12s %-10s %-30s %s", a.Company, a.Role, a.Email, a.Password)
	}
	line("Try it:")
	line(`  curl -s http://%s/graphql -H 'Content-Type: application/json' -d '{"query":"mutation { login(input: {email: \"%s\", password: \"%s\"}) { token user { email role company { name } } userErrors { message } } }"}'`,
		address, demo.Accounts[0].Email, demo.Accounts[0].Password)
	line("")
}
