// Package web contains the router, all HTTP middleware (request ids, access log,
// metrics, security headers, cross-origin rules, authentication), and the server
// with its graceful shutdown.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/stay-sidekick/profile-server/internal/auth"
)

// Config holds the handlers and settings of the router.
type Config struct {
	// GraphQL serves /graphql.
	GraphQL http.Handler
	// REST adds the routes below /api.
	REST func(chi.Router)
	// Playground serves /playground; nil disables it.
	Playground http.Handler
	// SDL is the text of /schema.graphqls; "" disables the route.
	SDL string

	// Authenticate returns the principal of a token, or the reason why it has none.
	Authenticate func(ctx context.Context, token string) (*auth.Principal, error)
	// Ping fails when the database does not respond.
	Ping           func(context.Context) error
	Metrics        *Metrics
	AllowedOrigins []string
	TrustedProxies []netip.Prefix
	// LoopbackHostsOnly applies the middleware of this name to every route.
	LoopbackHostsOnly bool
	Log               *slog.Logger
}

// NewHandler returns the public handler. It fails when an allowed origin is
// malformed.
func NewHandler(c Config) (http.Handler, error) {
	crossOrigin, err := crossOriginRules(c.AllowedOrigins)
	if err != nil {
		return nil, err
	}
	r := chi.NewRouter()
	r.Use(IdentifyRequest(c.TrustedProxies, c.Log), observe(c.Log, c.Metrics), recoverer(c.Log), secure)
	if c.LoopbackHostsOnly {
		r.Use(LoopbackHostsOnly)
	}
	r.Use(crossOrigin...)
	r.Use(middleware.GetHead, routeOtherMethods)
	r.NotFound(NotFound.ServeHTTP)
	r.MethodNotAllowed(rejectMethod)

	r.Get("/healthz", text("alive\n"))
	r.Get("/readyz", readiness(c.Ping))
	if c.SDL != "" {
		r.Get("/schema.graphqls", text(c.SDL))
	}
	if c.Playground != nil {
		r.Get("/playground", c.Playground.ServeHTTP)
		r.Get("/playground/*", c.Playground.ServeHTTP)
		r.Get("/", http.RedirectHandler("/playground", http.StatusSeeOther).ServeHTTP)
	}
	r.Group(func(r chi.Router) {
		r.Use(authenticate(c.Authenticate))
		r.Handle("/graphql", c.GraphQL)
		c.REST(r)
	})
	return r, nil
}
