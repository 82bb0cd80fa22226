package guard

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/stay-sidekick/profile-server/graph/validation"
	"github.com/stay-sidekick/profile-server/internal/problem"
)

var errOperation = problem.New(problem.ValidationFailed,
	"operationName must name one of the document's operations; it may only be left out when there is one.")

// Options of an Executor; Limits, Present and Recover are required.
type Options struct {
	Limits Limits
	// SecretTypes names the scalars whose values are secrets. A document that
	// writes one out, instead of using a variable, is run but not cached.
	SecretTypes []string
	// CacheEntries and CacheBytes bound the cache of checked documents; bytes
	// count the text and an estimate of what it takes once parsed. Zero means
	// 1,000 entries and 8 MiB.
	CacheEntries, CacheBytes int
	// Present words every error of an answer.
	Present graphql.ErrorPresenterFunc
	// Recover turns a panic into an error.
	Recover graphql.RecoverFunc
}

// Executor runs GraphQL requests whose documents passed the limits and the
// schema's rules, with the code that gqlgen generated. It takes the place of
// gqlgen's own executor, which can be given no document that is checked already;
// both HTTP edges run their documents through it.
//
// Every error that it adds carries a *problem.Error, so that Options.Present
// finds a code and a message that quotes nothing of the request.
type Executor struct {
	schema    graphql.ExecutableSchema
	guard     *Guard
	validator *validation.Validator
	secrets   secretFinder
	cache     *cache
	present   graphql.ErrorPresenterFunc
	recover   graphql.RecoverFunc
}

var _ graphql.GraphExecutor = (*Executor)(nil)

// NewExecutor makes an Executor of a schema.
func NewExecutor(schema graphql.ExecutableSchema, o Options) (*Executor, error) {
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
	return &Executor{
		schema:    schema,
		guard:     New(o.Limits),
		validator: validation.New(schema.Schema(), o.Limits.Introspection),
		secrets:   newSecretFinder(o.SecretTypes),
		cache:     cache,
		present:   o.Present,
		recover:   o.Recover,
	}, nil
}

// CreateOperationContext parses, limits and validates the document of a request
// and coerces its variables. Errors are meant for DispatchError, in the context
// of the returned operation.
func (e *Executor) CreateOperationContext(_ context.Context, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	opCtx := e.operationContext(params)
	doc, errs := e.document(params.Query)
	if errs != nil {
		return opCtx, errs
	}
	opCtx.Doc, opCtx.Operation = doc, doc.Operations.ForName(params.OperationName)
	if opCtx.Operation == nil {
		return opCtx, gqlerror.List{validation.Error(errOperation)}
	}
	variables, err := validator.VariableValues(e.schema.Schema(), opCtx.Operation, params.Variables)
	if err != nil {
		return opCtx, gqlerror.List{e.validator.Variable(opCtx.Operation, gqlerror.WrapIfUnwrapped(err))}
	}
	opCtx.Variables = variables
	if err := e.validator.Leaves(opCtx.Operation, variables); err != nil {
		return opCtx, gqlerror.List{err}
	}
	return opCtx, nil
}

func (e *Executor) operationContext(params *graphql.RawParams) *graphql.OperationContext {
	return &graphql.OperationContext{
		RawQuery:               params.Query,
		OperationName:          params.OperationName,
		Extensions:             params.Extensions,
		Headers:                params.Headers,
		DisableIntrospection:   !e.guard.limits.Introspection,
		RecoverFunc:            e.recover,
		ResolverMiddleware:     resolveField,
		RootResolverMiddleware: resolveRootField,
	}
}

func resolveField(ctx context.Context, next graphql.Resolver) (any, error) { return next(ctx) }

func resolveRootField(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	return next(ctx)
}

// DispatchOperation prepares a checked operation to run once, in the context
// that it returns. The response is nil when nobody waits for it any more.
func (e *Executor) DispatchOperation(ctx context.Context, opCtx *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	ctx = e.responseContext(graphql.WithOperationContext(ctx, opCtx))
	respond := e.schema.Exec(ctx)
	return func(ctx context.Context) *graphql.Response {
		if ctx.Err() != nil {
			return nil
		}
		resp := respond(ctx)
		resp.Errors = append(resp.Errors, graphql.GetErrors(ctx)...)
		return resp
	}, ctx
}

// DispatchError turns errors into a response.
func (e *Executor) DispatchError(ctx context.Context, list gqlerror.List) *graphql.Response {
	ctx = e.responseContext(ctx)
	for _, err := range list {
		graphql.AddError(ctx, err)
	}
	return &graphql.Response{Errors: graphql.GetErrors(ctx)}
}

// PresentRecoveredError turns a recovered panic into an error for the client.
func (e *Executor) PresentRecoveredError(ctx context.Context, panicked any) error {
	return e.present(ctx, e.recover(ctx, panicked))
}

// responseContext gathers the errors of an answer.
func (e *Executor) responseContext(ctx context.Context) context.Context {
	return graphql.WithResponseContext(ctx, e.present, e.recover)
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
	if err := e.guard.CheckFields(doc); err != nil {
		return nil, gqlerror.List{validation.Error(err)}
	}
	if !e.secrets.document(doc) {
		e.cache.add(query, doc, read.count)
	}
	return doc, nil
}
