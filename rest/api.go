// Package rest keeps the REST routes that callers of the Python service know.
//
// Each route is a stored GraphQL document, in the folder documents, that runs
// through the same executor as the GraphQL endpoint, so that directives, limits
// and the error presenter hold for both. The document maps the names: its
// variables are the fields of the request, its aliases those of the answer.
// What names cannot say is a function of the route: other spellings of a value
// in a body are in normalize.go, the shape of an answer is in response.go. The table
// of routes is in routes.go.
//
// Every answer is JSON: {"ok":true} with data or config, or {"ok":false} with
// a list of errors in Spanish. An error of a field starts with its name and a
// colon.
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

// prefix is where all routes are.
const prefix = "/api"

// Executor runs GraphQL documents and words their errors.
type Executor interface {
	graphql.GraphExecutor
	// PresentRecoveredError turns a recovered panic into an error to show, and
	// logs it.
	PresentRecoveredError(ctx context.Context, panicked any) error
}

// API is the REST edge. It is safe for concurrent use.
type API struct {
	exec       Executor
	authorizer Authorizer
	// handlers are the handlers by path and method.
	handlers map[string]map[string]http.HandlerFunc
}

// New reads the stored documents. It fails when one of them does not fit the
// schema, which must be the one that exec runs.
func New(exec Executor, authorizer Authorizer, schema *ast.Schema) (*API, error) {
	a := &API{exec: exec, authorizer: authorizer, handlers: make(map[string]map[string]http.HandlerFunc)}
	for _, rt := range routes {
		doc, err := load(rt.document, schema)
		if err != nil {
			return nil, fmt.Errorf("rest: %s %s: %w", rt.method, rt.path, err)
		}
		a.handle(rt.method, rt.path, a.answering(a.endpoint(rt, doc)))
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

// Mount puts the routes on r, and answers every other request below /api. The
// context of a request says who makes it, see package auth.
func (a *API) Mount(r chi.Router) {
	r.Route(prefix, func(r chi.Router) {
		r.NotFound(rejecting(errNotFound))
		for path, handlers := range a.handlers {
			path = strings.TrimPrefix(path, prefix)
			r.Handle(path, methodNotAllowed(handlers)) // the methods that follow take their part of it
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
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", allow)
		rejecting(errMethod)(w, r)
	}
}
