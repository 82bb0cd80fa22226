package graph

import (
	"context"
	"log/slog"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/stay-sidekick/profile-server/graph/generated"
	"github.com/stay-sidekick/profile-server/graph/guard"
	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/problem"
)

// ExecutorConfig is what an executor needs beside the resolvers.
type ExecutorConfig struct {
	// Introspection admits __schema and __type, and names of the schema in
	// errors.
	Introspection bool
	Log           *slog.Logger
	// CountError is told the code of each error that is answered; nil for
	// nobody.
	CountError func(problem.Code)
}

// NewExecutor builds the one way to run a document: limits, validation,
// directives, resolvers, error presenter. Both edges use it.
func NewExecutor(resolver *Resolver, c ExecutorConfig) (*guard.Executor, error) {
	executable := generated.NewExecutableSchema(generated.Config{Schema: Schema(), Resolvers: resolver, Directives: directives(resolver.Accounts)})
	inner := executor.New(executable)
	if c.CountError == nil {
		c.CountError = func(problem.Code) {}
	}
	errors := presenter{log: c.Log, count: c.CountError}
	inner.SetErrorPresenter(errors.present)
	inner.SetRecoverFunc(recovered)
	inner.AroundOperations(func(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
		return next(account.WithRefusals(ctx))
	})
	if c.Introspection {
		inner.Use(extension.Introspection{})
	}
	limits := guard.DefaultLimits()
	limits.Introspection = c.Introspection
	return guard.NewExecutor(inner, Schema(), guard.Options{
		Limits:      limits,
		SecretTypes: []string{"Password", "NewPassword", "ApiKey"},
	})
}

// Schema returns the schema that the executor runs: schema.graphqls without
// @defer, which gqlparser adds and nothing here could keep.
func Schema() *ast.Schema { return schema() }

var schema = sync.OnceValue(func() *ast.Schema {
	return guard.WithoutDefer(generated.NewExecutableSchema(generated.Config{}).Schema())
})
