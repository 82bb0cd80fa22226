// Package web puts the edges together behind one router, with what all of them
// share: request ids, the access log, metrics, cross-origin rules, and finding
// out who makes a request.
package web

import (
	"log/slog"
	"net/http"
	"net/netip"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

// Config says what the router serves.
type Config struct {
	// GraphQL answers /graphql.
	GraphQL http.Handler
	// REST adds the routes below /api, and what answers unknown ones.
	REST func(chi.Router)
	// Playground answers /playground; nil where it is off.
	Playground http.Handler
	// SDL is what /schema.graphqls answers; empty where introspection is off.
	SDL string

	Authenticator  Authenticator
	Database       Pinger
	Metrics        *Metrics
	AllowedOrigins []string
	TrustedProxies []netip.Prefix
	// LoopbackHostsOnly puts the middleware of this name before every route.
	LoopbackHostsOnly bool
	Log               *slog.Logger
}

// NewHandler builds the public handler. It fails when an allowed origin is
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
	r.NotFound(notFound.ServeHTTP)
	r.MethodNotAllowed(refuseMethod)

	r.Get("/healthz", alive)
	r.Get("/readyz", ready(c.Database))
	if c.SDL != "" {
		r.Get("/schema.graphqls", sdl(c.SDL))
	}
	if c.Playground != nil {
		r.Get("/playground", c.Playground.ServeHTTP)
		r.Get("/playground/*", c.Playground.ServeHTTP)
		r.Get("/", http.RedirectHandler("/playground", http.StatusSeeOther).ServeHTTP)
	}
	r.Group(func(r chi.Router) {
		r.Use(authenticate(c.Authenticator))
		r.Handle("/graphql", c.GraphQL)
		c.REST(r)
	})
	return r, nil
}
