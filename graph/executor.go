package graph

import (
	"log/slog"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/stay-sidekick/profile-server/graph/generated"
	"github.com/stay-sidekick/profile-server/graph/guard"
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
	if c.CountError == nil {
		c.CountError = func(problem.Code) {}
	}
	executable := generated.NewExecutableSchema(generated.Config{Schema: Schema(), Resolvers: resolver, Directives: directives(resolver.Accounts)})
	limits := guard.DefaultLimits()
	limits.Introspection = c.Introspection
	return guard.NewExecutor(executable, guard.Options{
		Limits:      limits,
		SecretTypes: []string{"Password", "NewPassword", "ApiKey"},
		Present:     presenter{log: c.Log, count: c.CountError}.present,
		Recover:     recovered,
	})
}

// Schema returns the schema that the executor runs: schema.graphqls without
// @defer, which gqlparser adds and nothing here could keep.
func Schema() *ast.Schema { return schema() }

var schema = sync.OnceValue(func() *ast.Schema {
	return guard.WithoutDefer(generated.NewExecutableSchema(generated.Config{}).Schema())
})
