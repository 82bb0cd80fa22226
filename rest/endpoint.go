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
)

// handler answers a request, or gives an error that failureOf knows to word.
type handler func(r *http.Request) (success, error)

// endpoint runs the document of a route. Who may ask is settled before the body
// is read: 401, 403, then 413 or 400, then 422, and 412 last.
func (a *API) endpoint(rt route, doc *document) handler {
	return func(r *http.Request) (success, error) {
		if err := doc.admit(r.Context(), a.gate); err != nil {
			return success{}, err
		}
		variables, err := readVariables(r, rt, doc)
		if err != nil {
			return success{}, err
		}
		data, err := a.runOn(r, rt, doc, variables)
		if err != nil {
			return success{}, err
		}
		return rt.succeed(r, data)
	}
}

// succeed makes the answer out of what the document answered.
func (rt route) succeed(r *http.Request, data object) (s success, err error) {
	if rt.tag != nil {
		s.tag = rt.tag(data)
		if err := checkRead(r, s.tag); err != nil {
			return success{}, err
		}
	}
	if rt.answer != nil {
		s.members = rt.answer(data)
	}
	return s, nil
}

func readVariables(r *http.Request, rt route, doc *document) (object, error) {
	if len(doc.variables) == 0 {
		return nil, nil
	}
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	if rt.spell != nil {
		rt.spell(body)
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
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		s, err := a.recovering(h, r)
		if err != nil {
			failureOf(a.presented(r.Context(), err)).write(w)
			return
		}
		s.write(w, r)
	}
}

// presented shows the executor's presenter an error that came up before the
// executor did, so that it is logged and counted like any other.
func (a *API) presented(ctx context.Context, err error) error {
	if _, ok := errors.AsType[*failure](err); ok {
		return err
	}
	if _, ok := errors.AsType[*gqlerror.Error](err); ok {
		return err
	}
	return firstOf(a.exec.DispatchError(ctx, gqlerror.List{gqlerror.Wrap(err)}).Errors)
}

// recovering turns a panic into an error. http.ErrAbortHandler is no fault and
// passes.
func (a *API) recovering(h handler, r *http.Request) (s success, err error) {
	defer func() {
		panicked := recover()
		if panicked == nil {
			return
		}
		if e, ok := panicked.(error); ok && errors.Is(e, http.ErrAbortHandler) {
			panic(panicked)
		}
		s, err = success{}, a.exec.PresentRecoveredError(r.Context(), panicked)
	}()
	return h(r)
}
