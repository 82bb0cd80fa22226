package graph

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"

	"github.com/stay-sidekick/profile-server/graph/generated"
	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/scalar"
)

// directives returns the directives of the schema. They are the only place that
// authorizes fields and that checks the range of an integer.
func directives(accounts *account.Service) generated.DirectiveRoot {
	return generated.DirectiveRoot{
		Public: func(ctx context.Context, _ any, next graphql.Resolver) (any, error) {
			return next(ctx)
		},
		Authenticated: func(ctx context.Context, obj any, next graphql.Resolver) (any, error) {
			if _, err := viewer(ctx, obj); err != nil {
				return nil, err
			}
			return next(ctx)
		},
		Admin: func(ctx context.Context, obj any, next graphql.Resolver) (any, error) {
			principal, err := viewer(ctx, obj)
			if err != nil {
				return nil, err
			}
			field := graphql.GetFieldContext(ctx)
			if err := accounts.RequireAdmin(ctx, principal, field.Object+"."+field.Field.Name); err != nil {
				return nil, err
			}
			return next(ctx)
		},
		Range: func(ctx context.Context, _ any, next graphql.Resolver, minimum, maximum int) (any, error) {
			value, err := next(ctx)
			if err != nil {
				return nil, err
			}
			return value, checkRange(value, minimum, maximum)
		},
	}
}

// checkRange checks an integer that an argument or input field received. Null is in
// every range.
func checkRange(value any, minimum, maximum int) error {
	switch v := value.(type) {
	case int:
	case *int:
		if v == nil {
			return nil
		}
		value = *v
	default:
		return fmt.Errorf("@range does not support %T", value)
	}
	_, err := scalar.Integer(value, minimum, maximum)
	return err
}

// viewed is an object that was read on behalf of a principal.
type viewed interface{ Viewer() *auth.Principal }

// viewer returns the principal that a field is authorized for: the request's
// principal for a field of Query or Mutation, which has no object, and the
// object's viewer for any other field. An object without a viewer is an internal
// error, because the request's token does not cover it.
func viewer(ctx context.Context, obj any) (*auth.Principal, error) {
	if obj == nil {
		return auth.RequirePrincipal(ctx)
	}
	if o, ok := obj.(viewed); ok && o.Viewer() != nil {
		return o.Viewer(), nil
	}
	return nil, fmt.Errorf("%T has a guarded field and no viewer", obj)
}
