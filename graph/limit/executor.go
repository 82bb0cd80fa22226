// Package limit has gqlgen's executor check documents and variables before it
// runs them: documents for their cost, in time linear in the document, and for
// gqlparser's rules; variables for what gqlparser lets pass.
//
// It replaces gqlgen's ComplexityLimit, which walks a fragment again for every
// spread (800 bytes of nested fragments keep it busy for half a second), and
// words every error itself: gqlparser's messages quote the request.
package limit

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Executor is gqlgen's executor, which runs only documents that have passed the
// limits and the schema's rules. Extensions are added with Use, as to any
// executor of gqlgen. Every error that it adds carries a *apperr.Error, whose
// message quotes nothing of the request.
type Executor struct {
	*executor.Executor
	documents *documents
}

// NewExecutor makes an Executor of a schema. It panics when limits.Selections is
// too long.
func NewExecutor(schema graphql.ExecutableSchema, limits Limits) *Executor {
	e := &Executor{Executor: executor.New(schema), documents: newDocuments(schema.Schema(), limits)}
	e.SetQueryCache(e.documents)
	e.Use(e.documents)
	return e
}

// CreateOperationContext checks the document of a request, determines its
// operation and coerces its variables. Errors are meant for DispatchError, in the
// context of the returned operation.
func (e *Executor) CreateOperationContext(ctx context.Context, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	doc, errs := e.documents.check(params.Query)
	if len(errs) > 0 {
		return &graphql.OperationContext{
			RawQuery: params.Query, OperationName: params.OperationName, Extensions: params.Extensions, Headers: params.Headers,
		}, errs
	}
	ctx = graphql.StartOperationTrace(withDocument(ctx, doc))
	opCtx, errs := e.Executor.CreateOperationContext(ctx, params)
	return opCtx, e.documents.describe(opCtx, errs)
}
