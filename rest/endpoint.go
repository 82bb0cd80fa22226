package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// handler returns the members that stand beside ok, or an error for toHTTPError.
type handler func(r *http.Request) (members object, err error)

// endpoint runs the document of a route. The status of a refused request is the
// first that applies: 401, 403, 413 or 400, 422 for the body, 412 for a
// condition, then what the document returns.
func (a *API) endpoint(rt route, doc *document) handler {
	return func(r *http.Request) (object, error) {
		if err := doc.admit(r.Context(), a.authorizer); err != nil {
			return nil, err
		}
		variables, err := readVariables(r, rt, doc)
		if err != nil {
			return nil, err
		}
		if doc.isMutation() && conditional(r) {
			return nil, errCondition
		}
		data, err := a.run(r.Context(), doc, variables)
		if err != nil {
			return nil, err
		}
		if err := doc.rejection(data); err != nil || rt.answer == nil {
			return nil, err
		}
		return rt.answer(data), nil
	}
}

// conditional reports whether a request has an If-Match or If-None-Match header.
// The routes have no entity tags, so no such condition can be evaluated.
func conditional(r *http.Request) bool {
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

// run executes a document. An error is as the executor's presenter made it.
func (a *API) run(ctx context.Context, doc *document, variables object) (object, error) {
	op, errs := a.exec.CreateOperationContext(ctx, &graphql.RawParams{Query: doc.text, Variables: variables})
	if len(errs) > 0 {
		return nil, firstOf(a.exec.DispatchError(graphql.WithOperationContext(ctx, op), errs).Errors)
	}
	next, opCtx := a.exec.DispatchOperation(ctx, op)
	resp := next(opCtx)
	switch {
	case resp == nil: // only where the client is gone
		return nil, ctx.Err()
	case len(resp.Errors) > 0:
		return nil, firstOf(resp.Errors)
	}
	return decodeObject(resp.Data)
}

func firstOf(errs gqlerror.List) error { return errs[0] }

func decodeObject(text []byte) (object, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var data object
	if err := decoder.Decode(&data); err != nil {
		return nil, fmt.Errorf("decode the executor's answer: %w", err)
	}
	return data, nil
}

// answering encodes what h answers. It also answers when h panics, which the
// executor's presenter logs.
func (a *API) answering(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(apperr.WithLanguage(r.Context(), language))
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		members, err := a.recovering(h, r)
		if err != nil {
			toHTTPError(a.presented(r.Context(), err)).write(w)
			return
		}
		writeSuccess(w, members)
	}
}

// presented shows the executor's presenter an error that came up before the
// executor did, so that it is logged and counted like any other.
func (a *API) presented(ctx context.Context, err error) error {
	if _, ok := errors.AsType[*httpError](err); ok {
		return err
	}
	if _, ok := errors.AsType[*gqlerror.Error](err); ok {
		return err
	}
	return firstOf(a.exec.DispatchError(ctx, gqlerror.List{gqlerror.Wrap(err)}).Errors)
}

// recovering turns a panic into an error. http.ErrAbortHandler is no fault and
// passes.
func (a *API) recovering(h handler, r *http.Request) (members object, err error) {
	defer func() {
		panicked := recover()
		if panicked == nil {
			return
		}
		if e, ok := panicked.(error); ok && errors.Is(e, http.ErrAbortHandler) {
			panic(panicked)
		}
		members, err = nil, a.exec.PresentRecoveredError(r.Context(), panicked)
	}()
	return h(r)
}
