package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// endpoint is a handler that returns the members of a success response, or an
// error.
type endpoint func(r *http.Request) (members object, err error)

// newEndpoint returns the endpoint that runs the document of a route. The first
// failed check determines the status: 401, 403, 413 or 400, 422 for the body, 412
// for a precondition, then the result of the document.
func (a *API) newEndpoint(rt route, doc *document) endpoint {
	return func(r *http.Request) (object, error) {
		if err := doc.authorize(r.Context(), a.authorizer); err != nil {
			return nil, err
		}
		variables, err := readVariables(r, rt, doc)
		if err != nil {
			return nil, err
		}
		if doc.isMutation() && hasPrecondition(r) {
			return nil, errPrecondition
		}
		data, err := a.run(r.Context(), doc, variables)
		if err != nil {
			return nil, err
		}
		if err := doc.userErrors(data); err != nil || rt.response == nil {
			return nil, err
		}
		return rt.response(data), nil
	}
}

// hasPrecondition reports whether a request has an If-Match or If-None-Match
// header. The routes have no entity tags, so they cannot evaluate either.
func hasPrecondition(r *http.Request) bool {
	return len(r.Header.Values("If-Match"))+len(r.Header.Values("If-None-Match")) > 0
}

func readVariables(r *http.Request, rt route, doc *document) (object, error) {
	if len(doc.variables) == 0 {
		return nil, nil
	}
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	if rt.normalize != nil {
		rt.normalize(body)
	}
	return doc.coerce(body, rt.lenient)
}

// run executes a document and returns its data, or the first error as the
// executor presents it.
func (a *API) run(ctx context.Context, doc *document, variables object) (object, error) {
	op, errs := a.exec.CreateOperationContext(ctx, &graphql.RawParams{Query: doc.text, Variables: variables})
	if len(errs) > 0 {
		return nil, firstOf(a.exec.DispatchError(graphql.WithOperationContext(ctx, op), errs).Errors)
	}
	next, opCtx := a.exec.DispatchOperation(ctx, op)
	resp := next(opCtx)
	switch {
	case resp == nil: // only after the client has disconnected
		return nil, ctx.Err()
	case len(resp.Errors) > 0:
		return nil, firstOf(resp.Errors)
	}
	var data object
	if err := json.Unmarshal(resp.Data, &data); err != nil {
		return nil, fmt.Errorf("decode the executor's response: %w", err)
	}
	return data, nil
}

func firstOf(errs gqlerror.List) error { return errs[0] }

// handler returns the HTTP handler of an endpoint. It limits the body, sets the
// language of messages and writes the response envelope. The executor presents
// and logs a panic, except http.ErrAbortHandler, which is not recovered.
func (a *API) handler(e endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx := apperr.WithLanguage(r.Context(), language)
		r = r.WithContext(ctx)
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		defer func() {
			switch panicked := recover(); panicked {
			case nil:
			case http.ErrAbortHandler:
				panic(panicked)
			default:
				writeError(w, toHTTPError(a.exec.PresentRecoveredError(ctx, panicked)))
			}
		}()
		members, err := e(r)
		if err != nil {
			writeError(w, toHTTPError(a.present(ctx, err)))
			return
		}
		writeSuccess(w, members)
	}
}

// present passes an error that did not come from the executor to the executor's
// presenter, which logs and counts it. Other errors are returned unchanged.
func (a *API) present(ctx context.Context, err error) error {
	_, own := errors.AsType[*httpError](err)
	_, presented := errors.AsType[*gqlerror.Error](err)
	if own || presented {
		return err
	}
	return firstOf(a.exec.DispatchError(ctx, gqlerror.List{gqlerror.Wrap(err)}).Errors)
}
