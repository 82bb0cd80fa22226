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
	"context"
	"fmt"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/go-chi/chi/v5"
	"github.com/vektah/gqlparser/v2/ast"
)

// Executor runs GraphQL documents and presents their errors.
type Executor interface {
	graphql.GraphExecutor
	// PresentRecoveredError logs a recovered panic and returns the error that the
	// client gets.
	PresentRecoveredError(ctx context.Context, panicked any) error
}

// API serves the routes. It is safe for concurrent use.
type API struct {
	exec       Executor
	authorizer Authorizer
	documents  []*document // of routes, in the same order
}

// New loads the stored documents. It returns an error if one of them is not valid
// for the schema, which must be the one that exec runs.
func New(exec Executor, authorizer Authorizer, schema *ast.Schema) (*API, error) {
	a := &API{exec: exec, authorizer: authorizer}
	for _, rt := range routes {
		doc, err := load(rt.document, schema)
		if err != nil {
			return nil, fmt.Errorf("rest: %s %s: %w", rt.method, rt.path, err)
		}
		a.documents = append(a.documents, doc)
	}
	return a, nil
}

// Mount adds the routes to r, which responds to all other requests. Package auth
// reads the caller from the context of a request.
func (a *API) Mount(r chi.Router) {
	r.Route("/api", func(r chi.Router) {
		for i, rt := range routes {
			r.Method(rt.method, strings.TrimPrefix(rt.path, "/api"), a.handler(a.newEndpoint(rt, a.documents[i])))
		}
		r.Get("/csrf-token", csrfToken)
		r.Get("/health", health)
	})
}
