package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/stay-sidekick/profile-server/graph/generated"
	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/auth"
)

// directives are the only place that decides who may ask for what.
func directives(accounts *account.Service) generated.DirectiveRoot {
	return generated.DirectiveRoot{
		Public: func(ctx context.Context, _ any, next graphql.Resolver) (any, error) {
			return next(ctx)
		},
		Authenticated: func(ctx context.Context, _ any, next graphql.Resolver) (any, error) {
			if _, err := auth.RequirePrincipal(ctx); err != nil {
				return nil, err
			}
			return next(ctx)
		},
		Admin: func(ctx context.Context, _ any, next graphql.Resolver) (any, error) {
			principal, err := auth.RequirePrincipal(ctx)
			if err != nil {
				return nil, err
			}
			if err := accounts.RequireAdmin(ctx, principal, asked(ctx)); err != nil {
				return nil, err
			}
			return next(ctx)
		},
	}
}

// asked names the field that a directive stands before, such as
// "Company.auditLog".
func asked(ctx context.Context) string {
	field := graphql.GetFieldContext(ctx)
	return field.Object + "." + field.Field.Name
}
