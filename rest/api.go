// Package rest serves the REST routes of the Python service to its legacy clients.
//
// Each route runs a stored GraphQL document, in the folder documents, with the
// executor of the GraphQL endpoint, so that directives, limits and the error
// presenter apply to both. The document maps the names: its variables are the
// fields of the request body, its aliases those of the response body. A route may
// also convert values: normalize.go has the functions for request bodies,
// response.go those for response bodies. The table of routes is in routes.go.
//
// Every response is JSON: {"ok":true} with data or config, or {"ok":false} with
// a list of errors in Spanish. The error of a field starts with its name and a
// colon. The exception is /api/health: {"status":"ok"}.
package rest

import (
	"fmt"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/stay-sidekick/profile-server/graph/limit"
)

// New returns a function that adds the routes to a router, which responds to all other
// requests. Package auth reads the caller from the context of a request. New returns an
// error if a stored document is not valid for the schema, which must be the one that exec
// runs.
func New(exec *limit.Executor, requireAdmin RequireAdmin, schema *ast.Schema) (mount func(chi.Router), err error) {
	endpoints := make([]*endpoint, len(routes))
	for i, rt := range routes {
		doc, err := load(rt.document, schema)
		if err != nil {
			return nil, fmt.Errorf("rest: %s %s: %w", rt.method, rt.path, err)
		}
		endpoints[i] = &endpoint{route: rt, document: doc, exec: exec, requireAdmin: requireAdmin}
	}
	return func(r chi.Router) {
		r.Route("/api", func(r chi.Router) {
			for _, e := range endpoints {
				r.Method(e.method, strings.TrimPrefix(e.path, "/api"), e)
			}
			r.Get("/csrf-token", csrfToken)
			r.Get("/health", health)
		})
	}, nil
}
