// Package gqlhttp serves GraphQL over HTTP: POST with a JSON body, and GET for
// queries. Nothing else: no batches, no forms, no uploads, no sockets.
//
// It follows the GraphQL over HTTP specification for both media types. A
// request that is executed is answered with 200, whatever its fields answered.
// One that could not be executed has no data entry; it is 200 as
// application/json, as older clients expect, and 4xx or 5xx as
// application/graphql-response+json.
//
// No answer quotes what the client sent.
package transport

import (
	"context"
	"errors"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// maxBody is the most that the body of a POST may be, in bytes.
const maxBody = 64 << 10

// Executor runs GraphQL documents and formats their errors.
type Executor interface {
	graphql.GraphExecutor
	// PresentRecoveredError turns a recovered panic into an error to show, and
	// logs it.
	PresentRecoveredError(ctx context.Context, panicked any) error
}

type handler struct {
	exec Executor
}

// New makes the handler of the GraphQL endpoint. Finding out who asks,
// cross-origin rules and the limit of a request line belong to what stands
// around it.
func New(exec Executor) http.Handler {
	return &handler{exec: exec}
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	language := apperr.MatchLanguage(r.Header.Get("Accept-Language"))
	a := &answer{w: w, media: mediaJSON, language: language}
	ctx := apperr.WithLanguage(r.Context(), language)
	defer h.recover(ctx, a)

	params, refusal := read(w, r, a)
	if refusal != nil {
		a.refuse(refusal)
		return
	}
	opCtx, errs := h.exec.CreateOperationContext(ctx, params)
	if len(errs) > 0 {
		a.notExecuted(h.exec.DispatchError(graphql.WithOperationContext(ctx, opCtx), errs))
		return
	}
	if r.Method == http.MethodGet && opCtx.Operation.Operation != ast.Query {
		a.refuse(&refused{status: http.StatusMethodNotAllowed, allow: http.MethodPost, message: apperr.OnlyQueriesWithGet})
		return
	}
	next, opContext := h.exec.DispatchOperation(ctx, opCtx)
	resp := next(opContext)
	if ctx.Err() != nil {
		return // the client is gone, and gqlgen has no response for it
	}
	a.executed(resp)
}

// recover answers a panic outside the resolvers, which have a guard of their
// own. http.ErrAbortHandler is no fault and passes.
func (h *handler) recover(ctx context.Context, a *answer) {
	panicked := recover()
	if panicked == nil {
		return
	}
	if err, ok := panicked.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(panicked)
	}
	presented := h.exec.PresentRecoveredError(ctx, panicked)
	e, ok := errors.AsType[*gqlerror.Error](presented)
	if !ok {
		e = coded(apperr.Internal, apperr.InternalError.In(a.language))
	}
	a.send(http.StatusInternalServerError, &graphql.Response{Errors: gqlerror.List{e}}, false)
}
