package limit

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// A nullable variable is valid where the schema requires a value if the variable or
// the position has a default. If its value is null, the default does not apply, which
// is an error of the client at run time (GraphQL September 2025, 5.8.5 and 6.4.1).
// gqlgen panics in a directive, fails in an enum, and reads null as the zero value in
// other arguments.

// rejectNulls makes an operation with null variables fail: before its execution for a
// directive, and with an error of the field for an argument.
func rejectNulls(opCtx *graphql.OperationContext) *gqlerror.Error {
	hasNull := false
	for _, value := range opCtx.Variables {
		hasNull = hasNull || value == nil
	}
	if !hasNull {
		return nil
	}
	resolve := opCtx.ResolverMiddleware
	opCtx.ResolverMiddleware = func(ctx context.Context, next graphql.Resolver) (any, error) {
		if err := nullOfField(ctx); err != nil {
			return nil, err
		}
		return resolve(ctx, next)
	}
	return nullInDirectives(opCtx.Operation.SelectionSet, opCtx.Variables)
}

// SetErrorPresenter sets the function that presents errors.
func (e *Executor) SetErrorPresenter(present graphql.ErrorPresenterFunc) {
	e.Executor.SetErrorPresenter(func(ctx context.Context, err error) *gqlerror.Error {
		if null := nullOfField(ctx); null != nil {
			err = null // instead of the error of the enum, which is raised before ResolverMiddleware runs
		}
		return present(ctx, err)
	})
}

// nullOfField returns an error if the field of ctx has a null in its arguments that
// the schema does not allow.
func nullOfField(ctx context.Context) *gqlerror.Error {
	field := graphql.GetFieldContext(ctx)
	if field == nil || field.Field.Field == nil {
		return nil
	}
	err := nullInArguments(field.Field.Arguments, graphql.GetOperationContext(ctx).Variables)
	if err != nil {
		err.Path = append(field.Path(), err.Path...)
	}
	return err
}

// nullInDirectives checks the arguments of the directives in a selection set. The
// error has no path, which would be a path in the response.
func nullInDirectives(set ast.SelectionSet, variables map[string]any) *gqlerror.Error {
	for _, selection := range set {
		var directives ast.DirectiveList
		var below ast.SelectionSet
		switch s := selection.(type) {
		case *ast.Field:
			directives, below = s.Directives, s.SelectionSet
		case *ast.InlineFragment:
			directives, below = s.Directives, s.SelectionSet
		case *ast.FragmentSpread:
			directives, below = s.Directives, s.Definition.SelectionSet
		}
		for _, directive := range directives {
			if err := nullInArguments(directive.Arguments, variables); err != nil {
				err.Path = nil
				return err
			}
		}
		if err := nullInDirectives(below, variables); err != nil {
			return err
		}
	}
	return nil
}

// nullInArguments returns an error with the location of the value, and with the name of
// the argument as its path.
func nullInArguments(arguments ast.ArgumentList, variables map[string]any) *gqlerror.Error {
	for _, argument := range arguments {
		if at := nullInValue(argument.Value, variables); at != nil {
			err := asGraphQL(errNull, locationOf(at))
			err.Path = ast.Path{ast.PathName(argument.Name)}
			return err
		}
	}
	return nil
}

// nullInValue returns the position of a variable that is null where the schema requires
// a value, or nil. Validation has set ExpectedType.
func nullInValue(value *ast.Value, variables map[string]any) *ast.Position {
	given, ok := variables[value.Raw]
	if value.Kind == ast.Variable && ok && given == nil && value.ExpectedType != nil && value.ExpectedType.NonNull {
		return value.Position
	}
	for _, child := range value.Children {
		if at := nullInValue(child.Value, variables); at != nil {
			return at
		}
	}
	return nil
}
