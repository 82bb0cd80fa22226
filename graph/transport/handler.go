// Package transport serves GraphQL over HTTP: POST with a JSON body, and GET for
// queries. It supports no batches, forms, uploads or WebSockets.
//
// It follows the GraphQL over HTTP specification, September 2026; docs/graphql-over-http.md
// lists each requirement. With application/graphql-response+json the status is 200 for
// data, 294 for data with errors, and 4xx or 5xx for a request that was not executed,
// whose response has no data entry. With application/json it is 200 for all of these,
// as older clients expect, and 4xx or 5xx for a request that is not a GraphQL request.
//
// No response quotes the request.
package transport

import (
	"context"
	"errors"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/graph/limit"
	"github.com/stay-sidekick/profile-server/internal/apperr"
)

const (
	// maxBody is the maximum size of a request body in bytes.
	maxBody = 64 << 10
	// maxURL is the maximum length of a path and its query string in bytes.
	maxURL = 32 << 10
)

type handler struct {
	exec *limit.Executor
}

// New returns the handler of the GraphQL endpoint. Package web adds authentication,
// cross-origin rules, security headers and the limit on the request line.
func New(exec *limit.Executor) http.Handler {
	return &handler{exec: exec}
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	language := apperr.MatchLanguage(r.Header.Values("Accept-Language"))
	resp := &responder{w: w, media: mediaJSON, language: language}
	ctx := apperr.WithLanguage(r.Context(), language)
	defer h.recover(ctx, resp)

	params, rejected := parse(w, r, resp)
	if rejected != nil {
		resp.reject(rejected)
		return
	}
	opCtx, errs := h.exec.CreateOperationContext(ctx, params)
	if len(errs) > 0 {
		resp.notExecuted(h.exec.DispatchError(graphql.WithOperationContext(ctx, opCtx), errs))
		return
	}
	if r.Method == http.MethodGet && opCtx.Operation.Operation != ast.Query {
		resp.reject(&httpError{status: http.StatusMethodNotAllowed, allow: http.MethodPost, message: apperr.OnlyQueriesWithGet})
		return
	}
	next, opContext := h.exec.DispatchOperation(ctx, opCtx)
	result := next(opContext)
	if ctx.Err() != nil {
		return // the client has disconnected, and the result may be nil
	}
	resp.executed(result)
}

// recover responds to a panic outside the resolvers; gqlgen recovers those of
// resolvers. It does not recover http.ErrAbortHandler.
func (h *handler) recover(ctx context.Context, resp *responder) {
	panicked := recover()
	if panicked == nil {
		return
	}
	if err, ok := panicked.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(panicked)
	}
	presented := gqlerror.WrapIfUnwrapped(h.exec.PresentRecoveredError(ctx, panicked)) // logs the panic
	resp.send(http.StatusInternalServerError, &graphql.Response{Errors: gqlerror.List{presented}}, false)
}
