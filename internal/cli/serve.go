package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stay-sidekick/profile-server/internal/app"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/devdb"
	"github.com/stay-sidekick/profile-server/internal/keyring"
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
	s, err := connect(g, devdb.Open)
	if err != nil {
		return err
	}
	defer s.close()
	for _, warning := range s.cfg.Warnings {
		s.log.WarnContext(g.Context, warning)
	}
	// What is refused is refused before anything is changed.
	if err := c.checkDatabase(g.Context, s); err != nil && !errors.Is(err, db.ErrNoSharedTables) {
		return err
	}
	if err := s.migrate(g.Context); err != nil {
		return err
	}
	if s.cfg.Development() {
		if err := devdb.FillDemo(g.Context, s.app.DB, time.Now()); err != nil {
			return err
		}
	}
	server, err := s.app.Listen(g.Context, g.SDL)
	if err != nil {
		return err
	}
	address := server.Address()
	s.log.InfoContext(g.Context, "serving", "address", address.String(), "version", version())
	if s.cfg.Development() {
		if !isLoopback(address) {
			s.log.WarnContext(g.Context, "other machines can reach this server, whose demo accounts have public passwords: see LISTEN_ADDR")
		}
		printDemo(g.Out, reachable(address), s.cfg.Playground)
	}
	app.TuneGC()
	err = server.Serve(g.Context)
	s.log.Info("stopped")
	return err
}

// checkDatabase refuses a database that this service would harm. It changes
// nothing, and fails with db.ErrNoSharedTables when there is nothing to look at.
func (c *Serve) checkDatabase(ctx context.Context, s *session) error {
	q := s.app.DB.Queries()
	if err := db.CheckSharedTables(ctx, q); err != nil {
		return err
	}
	count, err := keyring.CountSample(ctx, q, s.app.Keys, keyring.SampleSize)
	if err == nil && count.Usable() != nil && count.Stored() == keyring.SampleSize {
		count, err = keyring.CountStored(ctx, s.app.DB, s.app.Keys) // others may open
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
