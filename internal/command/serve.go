package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stay-sidekick/profile-server/internal/app"
	"github.com/stay-sidekick/profile-server/internal/demo"
	"github.com/stay-sidekick/profile-server/internal/sharedtables"
	"github.com/stay-sidekick/profile-server/internal/storedtokens"
	"github.com/stay-sidekick/profile-server/internal/web"
	"github.com/stay-sidekick/profile-server/playground"
)

// Serve runs the server.
type Serve struct {
	Force bool `help:"Start even when the configured keys open none of the stored ones."`
}

// Run serves until the context ends, which is no failure, also during the start.
func (c *Serve) Run(g *Globals) error {
	err := c.serve(g)
	if errors.Is(err, context.Canceled) && g.Context.Err() != nil {
		return nil
	}
	return err
}

func (c *Serve) serve(g *Globals) error {
	s, err := connect(g, app.StartLocal)
	if err != nil {
		return err
	}
	defer s.close()
	for _, warning := range s.cfg.Warnings {
		s.log.WarnContext(g.Context, warning)
	}
	// What is refused is refused before anything is changed.
	if err := c.checkDatabase(g.Context, s); err != nil && !errors.Is(err, sharedtables.ErrNone) {
		return err
	}
	if err := s.migrate(g.Context); err != nil {
		return err
	}
	listeners, err := s.listeners(g)
	if err != nil {
		return err
	}
	address := listeners[0].Addr()
	s.log.InfoContext(g.Context, "serving", "address", address.String(), "version", version())
	if s.cfg.Development() {
		if !isLoopback(address) {
			s.log.WarnContext(g.Context, "other machines can reach this server, whose demo accounts have public passwords: see LISTEN_ADDR")
		}
		printDemo(g.Out, reachable(address), s.cfg.Playground)
	}
	app.TuneGC()
	stop := s.app.Start(g.Context)
	err = app.Serve(g.Context, s.log, listeners...)
	stop()
	s.log.Info("stopped")
	return err
}

// checkDatabase refuses a database that this service would harm. It changes
// nothing, and fails with sharedtables.ErrNone when there is nothing to look at.
func (c *Serve) checkDatabase(ctx context.Context, s *session) error {
	q := s.app.DB.Queries()
	if err := sharedtables.Check(ctx, q); err != nil {
		return err
	}
	count, err := storedtokens.CountSome(ctx, q, s.app.Keys, storedtokens.Sample)
	if err == nil && count.Usable() != nil && count.Stored() == storedtokens.Sample {
		count, err = storedtokens.CountAll(ctx, s.app.DB, s.app.Keys) // others may open
	}
	if err != nil {
		return err
	}
	if err := count.Usable(); err != nil && !c.Force {
		return fmt.Errorf("%w; --force starts anyway", err)
	}
	if broken := len(count.Broken()); broken > 0 {
		s.log.WarnContext(ctx, "no configured key opens some stored keys; rotate-keys --check names them", "broken", broken, "looked at", count.Stored())
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
	public, err := app.Listen("LISTEN_ADDR", s.cfg.ListenAddr, handler)
	if err != nil || s.cfg.AdminAddr == "" {
		return []app.Listener{public}, err
	}
	metrics := s.app.Metrics.Handler()
	if s.cfg.Development() {
		metrics = web.LoopbackHostsOnly(metrics)
	}
	admin, err := app.Listen("ADMIN_ADDR", s.cfg.AdminAddr, metrics)
	if err != nil {
		return nil, errors.Join(err, public.Close())
	}
	s.log.InfoContext(g.Context, "serving metrics", "address", admin.Addr().String())
	return []app.Listener{public, admin}, nil
}
