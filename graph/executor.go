package graph

import (
	"log/slog"

	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/stay-sidekick/profile-server/graph/generated"
	"github.com/stay-sidekick/profile-server/graph/guard"
)

// ExecutorConfig is what an executor needs beside the resolvers.
type ExecutorConfig struct {
	// Introspection admits __schema and __type, and names of the schema in
	// errors.
	Introspection bool
	Log           *slog.Logger
}

// NewExecutor builds the one way to run a document: limits, validation,
// directives, resolvers, error presenter. Both edges use it.
func NewExecutor(resolver *Resolver, c ExecutorConfig) (*guard.Executor, error) {
	schema := generated.NewExecutableSchema(generated.Config{Resolvers: resolver, Directives: directives(resolver.Accounts)})
	inner := executor.New(schema)
	errors := presenter{log: c.Log}
	inner.SetErrorPresenter(errors.present)
	inner.SetRecoverFunc(recovered)
	if c.Introspection {
		inner.Use(extension.Introspection{})
	}
	limits := guard.DefaultLimits()
	limits.Introspection = c.Introspection
	return guard.NewExecutor(inner, schema.Schema(), guard.Options{
		Limits:      limits,
		SecretTypes: []string{"Password", "NewPassword", "ApiKey"},
	})
}

// Schema returns the schema that the executor runs.
func Schema() *ast.Schema {
	return generated.NewExecutableSchema(generated.Config{}).Schema()
}
