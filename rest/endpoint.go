package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/graph/limit"
	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// endpoint is the handler of a route.
type endpoint struct {
	route
	*document
	exec         *limit.Executor
	requireAdmin RequireAdmin
}

// ServeHTTP limits the body, sets the language of messages and writes the response
// envelope. The executor presents and logs a panic, except http.ErrAbortHandler, which is
// not recovered.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := apperr.WithLanguage(r.Context(), language)
	r = r.WithContext(ctx)
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	defer func() {
		switch panicked := recover(); panicked {
		case nil:
		case http.ErrAbortHandler:
			panic(panicked)
		default:
			writeError(w, e.present(ctx, e.exec.PresentRecoveredError(ctx, panicked)))
		}
	}()
	members, err := e.respond(r)
	if err != nil {
		writeError(w, e.present(ctx, err))
		return
	}
	writeSuccess(w, members)
}

// respond returns the members of a success response. The first failed check determines
// the status: 401, 403, 413 or 400, 422 for the body, 412 for a precondition, then the
// result of the document.
func (e *endpoint) respond(r *http.Request) (members object, err error) {
	if err := e.authorize(r.Context(), e.requireAdmin); err != nil {
		return nil, err
	}
	var variables object
	if len(e.variables) > 0 {
		body, err := readBody(r)
		if err != nil {
			return nil, err
		}
		if variables, err = e.coerce(body); err != nil {
			return nil, err
		}
	}
	if e.isMutation() && hasPrecondition(r) {
		return nil, errPrecondition
	}
	data, err := e.run(r.Context(), variables)
	if err != nil {
		return nil, err
	}
	if err := e.userErrors(data); err != nil || e.response == nil {
		return nil, err
	}
	return e.response(data), nil
}

// hasPrecondition reports whether a request has an If-Match or If-None-Match
// header. The routes have no entity tags, so they cannot evaluate either.
func hasPrecondition(r *http.Request) bool {
	return len(r.Header.Values("If-Match"))+len(r.Header.Values("If-None-Match")) > 0
}

// coerce turns the body of a request into the document's variables.
func (e *endpoint) coerce(body object) (object, error) {
	if e.normalize != nil {
		e.normalize(body)
	}
	return e.document.coerce(body, e.lenient)
}

// run executes the document and returns its data, or the first error as the executor
// presents it.
func (e *endpoint) run(ctx context.Context, variables object) (data object, err error) {
	op, errs := e.exec.CreateOperationContext(ctx, &graphql.RawParams{Query: e.text, Variables: variables})
	if len(errs) > 0 {
		return nil, e.exec.DispatchError(graphql.WithOperationContext(ctx, op), errs).Errors[0]
	}
	next, opCtx := e.exec.DispatchOperation(ctx, op)
	resp := next(opCtx)
	switch {
	case resp == nil: // only after the client has disconnected
		return nil, ctx.Err()
	case len(resp.Errors) > 0:
		return nil, resp.Errors[0]
	}
	if err := json.Unmarshal(resp.Data, &data); err != nil {
		return nil, fmt.Errorf("decode the executor's response: %w", err)
	}
	return data, nil
}

// present returns an error as the client sees it. One that neither this package nor the
// executor has presented is passed to the executor's presenter, which logs and counts it.
func (e *endpoint) present(ctx context.Context, err error) *httpError {
	if own, ok := errors.AsType[*httpError](err); ok {
		return own
	}
	presented, ok := errors.AsType[*gqlerror.Error](err)
	if !ok {
		presented = e.exec.DispatchError(ctx, gqlerror.List{gqlerror.Wrap(err)}).Errors[0]
	}
	return fromPresented(presented)
}
