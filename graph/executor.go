package graph

import (
	"context"
	"log/slog"
	"maps"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/stay-sidekick/profile-server/graph/generated"
	"github.com/stay-sidekick/profile-server/graph/limit"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/company"
)

// ExecutorConfig configures an executor.
type ExecutorConfig struct {
	// Introspection allows __schema and __type, and names of the schema in
	// errors.
	Introspection bool
	Log           *slog.Logger
	// CountError is called with the code of each error of a response.
	CountError func(apperr.Code)
}

// NewExecutor returns the executor of both edges, with limits, directives,
// resolvers and the error presenter.
func NewExecutor(resolver *Resolver, c ExecutorConfig) *limit.Executor {
	limits := limit.Default()
	limits.Introspection = c.Introspection
	e := limit.NewExecutor(generated.NewExecutableSchema(generated.Config{
		Schema: Schema(), Resolvers: resolver, Directives: directives(resolver.Accounts),
	}), limits)
	e.AroundOperations(func(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
		return next(company.WithOperation(ctx))
	})
	e.SetErrorPresenter(presenter{log: c.Log, count: c.CountError}.present)
	e.SetRecoverFunc(recovered)
	return e
}

// Schema returns the schema that the executor runs: schema.graphqls without
// @defer, which gqlparser adds to every schema and no transport supports.
func Schema() *ast.Schema { return schema() }

var schema = sync.OnceValue(func() *ast.Schema {
	reduced := *generated.NewExecutableSchema(generated.Config{}).Schema()
	reduced.Directives = maps.Clone(reduced.Directives)
	delete(reduced.Directives, "defer")
	return &reduced
})
