package cli

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/devdb"
	"github.com/stay-sidekick/profile-server/internal/keyring"
)

// heapGrowth is the growth of the heap, in percent, that starts a garbage
// collection. The live heap is a few megabytes, so Go's default of 100 causes dozens
// of collections per second under load; docs/performance.md has the figures.
const heapGrowth = 400

// Serve runs the server.
type Serve struct {
	Force bool `help:"Start even when the configured keys decrypt none of the stored ciphertexts."`
}

// Run serves until the context is cancelled. That is not a failure, even during the
// start.
func (c *Serve) Run(g *Globals) error {
	// A log whose reader has ended must not end the server. After Notify, a write
	// fails instead of raising SIGPIPE.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	err := c.serve(g)
	if g.Context.Err() != nil && errors.Is(err, context.Canceled) {
		err = nil
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
	// This check comes before the first change to the database.
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
	address := server.Address().String()
	commit, _ := version()
	s.log.InfoContext(g.Context, "serving", "address", address, "version", commit)
	if listening, err := netip.ParseAddrPort(address); s.cfg.Development() && err == nil && !listening.Addr().IsLoopback() {
		s.log.WarnContext(g.Context, "other machines can reach this server, and the passwords of its demo accounts are public: see LISTEN_ADDR")
	}
	s.lines.Flush()
	if s.cfg.Development() {
		var demo strings.Builder
		printDemo(&demo, clientAddress(address), s.cfg.Playground)
		writeWithin(g.Out, demo.String())
	}
	if s.cfg.TuneGC {
		debug.SetGCPercent(heapGrowth)
	}
	err = server.Serve(g.Context)
	s.log.Info("stopped")
	return err
}

// checkDatabase checks that the schema is compatible and that the keys belong to
// the database. It changes nothing. It fails with db.ErrNoSharedTables when the
// database has none of the shared tables.
func (c *Serve) checkDatabase(ctx context.Context, s *session) error {
	q := s.app.DB.Queries()
	if err := db.CheckSharedTables(ctx, q); err != nil {
		return err
	}
	counts, err := keyring.CountSample(ctx, q, s.app.Keys, keyring.SampleSize)
	if err == nil && counts.CheckKeys() != nil && counts.Total() == keyring.SampleSize {
		counts, err = keyring.Count(ctx, s.app.DB, s.app.Keys) // the rest may be decryptable
	}
	if err != nil {
		return err
	}
	if err := counts.CheckKeys(); err != nil && !c.Force {
		return fmt.Errorf("%w; --force starts anyway", err)
	}
	if n := len(counts.NotDecryptable()); n > 0 {
		s.log.WarnContext(ctx, "some stored ciphertexts are not decryptable with the configured keys; rotate-keys --check lists them", "notDecryptable", n, "counted", counts.Total())
	}
	return nil
}
