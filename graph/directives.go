package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/stay-sidekick/profile-server/graph/generated"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/problem"
)

// directives are the only place that decides who may ask for what.
var directives = generated.DirectiveRoot{
	Public:        public,
	Authenticated: authenticated,
	Admin:         admin,
}

func public(ctx context.Context, _ any, next graphql.Resolver) (any, error) {
	return next(ctx)
}

func authenticated(ctx context.Context, _ any, next graphql.Resolver) (any, error) {
	if _, err := auth.RequirePrincipal(ctx); err != nil {
		return nil, err
	}
	return next(ctx)
}

func admin(ctx context.Context, _ any, next graphql.Resolver) (any, error) {
	if err := requireAdmin(ctx); err != nil {
		return nil, err
	}
	return next(ctx)
}

func requireAdmin(ctx context.Context) error {
	user, err := auth.RequirePrincipal(ctx)
	if err != nil {
		return err
	}
	if !user.IsAdmin() {
		return problem.New(problem.Forbidden, "Only an administrator of the company may do this.")
	}
	return nil
}
