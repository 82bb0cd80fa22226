package guard

import (
	"context"
	"errors"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/stay-sidekick/profile-server/graph/validation"
	"github.com/stay-sidekick/profile-server/internal/problem"
)

var errOperation = problem.New(problem.ValidationFailed,
	"operationName must name one of the document's operations; it may only be left out when there is one.")

// Options of an Executor.
type Options struct {
	Limits Limits
	// SecretTypes names the scalars whose values are secrets. A document that
	// writes one out, instead of using a variable, is run but not cached.
	SecretTypes []string
	// CacheEntries and CacheBytes bound the cache of checked documents; bytes
	// count the text and an estimate of what it takes once parsed. Zero means
	// 1,000 entries and 8 MiB.
	CacheEntries, CacheBytes int
}

// Executor runs GraphQL requests whose documents passed the limits and the
// schema's rules. It stands in front of a gqlgen executor, which it gives
// checked documents only; both HTTP edges run their documents through it.
//
// Every error that it adds carries a *problem.Error, so that the error
// presenter of the inner executor finds a code and a message that quotes
// nothing of the request.
type Executor struct {
	inner     *executor.Executor
	guard     *Guard
	validator *validation.Validator
	secrets   secretFinder
	cache     *cache
}

var _ graphql.GraphExecutor = (*Executor)(nil)

// NewExecutor puts itself before inner, which keeps its error presenter and
// extensions but loses its query cache, and must not be used directly any more:
// it refuses documents that were not checked here.
func NewExecutor(inner *executor.Executor, schema *ast.Schema, o Options) (*Executor, error) {
	if o.CacheEntries == 0 {
		o.CacheEntries = 1000
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = 8 << 20
	}
	cache, err := newCache(o.CacheEntries, o.CacheBytes)
	if err != nil {
		return nil, fmt.Errorf("query cache: %w", err)
	}
	inner.SetQueryCache(handOver{})
	inner.SetParserTokenLimit(1) // whatever was not handed over does not even parse
	return &Executor{
		inner:     inner,
		guard:     New(o.Limits),
		validator: validation.New(schema, o.Limits.Introspection),
		secrets:   newSecretFinder(o.SecretTypes),
		cache:     cache,
	}, nil
}

// CreateOperationContext parses, limits and validates the document of a request
// and coerces its variables. The caller has called graphql.StartOperationTrace.
// Errors are meant for DispatchError, in the context of the returned operation.
func (e *Executor) CreateOperationContext(ctx context.Context, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	doc, errs := e.document(params.Query)
	if errs == nil && doc.Operations.ForName(params.OperationName) == nil {
		errs = gqlerror.List{validation.Error(errOperation)}
	}
	if errs != nil {
		return refused(ctx, params), errs
	}
	opCtx, errs := e.inner.CreateOperationContext(withDocument(ctx, params.Query, doc), params)
	for i, err := range errs {
		if _, ok := errors.AsType[*problem.Error](err); !ok {
			// Coercion is all that is left to gqlgen at this point.
			errs[i] = e.validator.Variable(opCtx.Operation, err)
		}
	}
	if len(errs) > 0 {
		return opCtx, errs
	}
	if err := e.validator.Enums(opCtx.Operation, opCtx.Variables); err != nil {
		return opCtx, gqlerror.List{err}
	}
	return opCtx, nil
}

// DispatchOperation runs a checked operation.
func (e *Executor) DispatchOperation(ctx context.Context, opCtx *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	return e.inner.DispatchOperation(ctx, opCtx)
}

// DispatchError turns errors into a response, through the error presenter.
func (e *Executor) DispatchError(ctx context.Context, list gqlerror.List) *graphql.Response {
	return e.inner.DispatchError(ctx, list)
}

// PresentRecoveredError turns a recovered panic into an error for the client.
func (e *Executor) PresentRecoveredError(ctx context.Context, panicked any) error {
	return e.inner.PresentRecoveredError(ctx, panicked)
}

// document returns the checked document with the given text.
func (e *Executor) document(query string) (*ast.QueryDocument, gqlerror.List) {
	if doc, ok := e.cache.get(query); ok {
		return doc, nil
	}
	source := &ast.Source{Input: query}
	read := countTokens(source, e.guard.limits.Tokens)
	if err := e.guard.checkTokens(read); err != nil {
		return nil, gqlerror.List{validation.Error(err)}
	}
	doc, err := parser.ParseQuery(source)
	if err != nil {
		return nil, gqlerror.List{validation.ParseError(err)}
	}
	if err := e.guard.Check(doc); err != nil {
		return nil, gqlerror.List{validation.Error(err)}
	}
	if errs := e.validator.Document(doc); len(errs) > 0 {
		return nil, errs
	}
	if !e.secrets.document(doc) {
		e.cache.add(query, doc, read.count)
	}
	return doc, nil
}

// refused is the context of an operation that never came to be: enough for the
// response middleware of the inner executor.
func refused(ctx context.Context, params *graphql.RawParams) *graphql.OperationContext {
	return &graphql.OperationContext{
		RawQuery:             params.Query,
		OperationName:        params.OperationName,
		Headers:              params.Headers,
		DisableIntrospection: true,
		Stats:                graphql.Stats{Read: params.ReadTime, OperationStart: graphql.GetStartTime(ctx)},
	}
}
