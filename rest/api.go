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
	"net/http"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/go-chi/chi/v5"
	"github.com/vektah/gqlparser/v2/ast"
)

// prefix is the path below which all routes are.
const prefix = "/api"

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
	// handlers are by path and method.
	handlers map[string]map[string]http.HandlerFunc
}

// New loads the stored documents. It returns an error if one of them is not valid
// for the schema, which must be the one that exec runs.
func New(exec Executor, authorizer Authorizer, schema *ast.Schema) (*API, error) {
	a := &API{exec: exec, authorizer: authorizer, handlers: make(map[string]map[string]http.HandlerFunc)}
	for _, rt := range routes {
		doc, err := load(rt.document, schema)
		if err != nil {
			return nil, fmt.Errorf("rest: %s %s: %w", rt.method, rt.path, err)
		}
		a.handle(rt.method, rt.path, a.handler(a.newEndpoint(rt, doc)))
	}
	a.handle(http.MethodGet, "/api/csrf-token", csrfToken)
	a.handle(http.MethodGet, "/api/health", health)
	return a, nil
}

func (a *API) handle(method, path string, handler http.HandlerFunc) {
	if a.handlers[path] == nil {
		a.handlers[path] = make(map[string]http.HandlerFunc)
	}
	a.handlers[path][method] = handler
	if method == http.MethodGet {
		a.handlers[path][http.MethodHead] = handler
	}
}

// Mount adds the routes to r. Every other request below /api gets an error in the
// same format. Package auth reads the caller from the context of a request.
func (a *API) Mount(r chi.Router) {
	r.Route(prefix, func(r chi.Router) {
		r.NotFound(errorHandler(errNotFound))
		for path, handlers := range a.handlers {
			path = strings.TrimPrefix(path, prefix)
			r.Handle(path, methodNotAllowed(handlers)) // all methods but those added next
			for method, handler := range handlers {
				r.Method(method, path, handler)
			}
		}
	})
}

func methodNotAllowed(handlers map[string]http.HandlerFunc) http.HandlerFunc {
	var methods []string
	for method := range handlers {
		methods = append(methods, method)
	}
	slices.Sort(methods)
	allow := strings.Join(methods, ", ")
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Allow", allow)
		writeError(w, errMethod)
	}
}
