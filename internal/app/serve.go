package app

import (
	"context"
	"errors"
	"net"

	"github.com/stay-sidekick/profile-server/internal/devdb"
	"github.com/stay-sidekick/profile-server/internal/web"
	"github.com/stay-sidekick/profile-server/playground"
)

// Server is an App with its open listeners.
type Server struct {
	app       *App
	listeners []web.Listener // the public one first
}

// Listen listens on LISTEN_ADDR and, when it is set, on ADMIN_ADDR. The error is one
// line that names the setting.
func (a *App) Listen(ctx context.Context, sdl string) (*Server, error) {
	handler, err := a.Handler(sdl, a.demoAccounts())
	if err != nil {
		return nil, err
	}
	public, err := web.Listen("LISTEN_ADDR", a.Config.ListenAddr, handler)
	if err != nil || a.Config.AdminAddr == "" {
		return &Server{a, []web.Listener{public}}, err
	}
	metrics := a.Metrics.Handler()
	if a.Config.Development() {
		metrics = web.LoopbackHostsOnly(metrics)
	}
	admin, err := web.Listen("ADMIN_ADDR", a.Config.AdminAddr, metrics)
	if err != nil {
		return nil, errors.Join(err, public.Close())
	}
	a.log.InfoContext(ctx, "serving metrics", "address", admin.Addr().String())
	return &Server{a, []web.Listener{public, admin}}, nil
}

// Address returns the address of the public handler.
func (s *Server) Address() net.Addr { return s.listeners[0].Addr() }

// Serve handles requests until ctx is cancelled. It returns when the running requests
// have finished and pending entries of the audit log are written.
func (s *Server) Serve(ctx context.Context) error {
	stop := s.app.Start(ctx)
	defer stop()
	return web.Serve(ctx, s.app.log, s.listeners...)
}

// demoAccounts returns the accounts of the playground: none in production.
func (a *App) demoAccounts() []playground.Account {
	if !a.Config.Development() {
		return nil
	}
	var accounts []playground.Account
	for _, d := range devdb.DemoAccounts {
		accounts = append(accounts, playground.Account{Label: d.Label(), Email: d.Email, Password: d.Password})
	}
	return accounts
}
