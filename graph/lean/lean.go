// Package lean stands in for those functions of gqlgen that the generated code
// calls for each object and each field, and answers the same with far fewer
// allocations. scripts/generate puts it there; docs/decisions/0013-lean-fields.md
// tells why.
package lean

import (
	"context"
	"io"
	"reflect"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// ResolveField is graphql.ResolveField. A leaf that is given no arguments and
// has no directives is read at once: gqlgen's field context only serves to say
// where an error is, so a leaf that fails is resolved once more, by gqlgen.
//
// OperationContext.ResolverMiddleware does not see such leaves.
func ResolveField[T any](
	ctx context.Context,
	op *graphql.OperationContext,
	field graphql.CollectedField,
	fieldContext func(context.Context, graphql.CollectedField) (*graphql.FieldContext, error),
	resolve func(context.Context) (any, error),
	directives func(context.Context, graphql.Resolver) graphql.Resolver,
	marshal func(context.Context, ast.SelectionSet, T) graphql.Marshaler,
	recovers, nonNull bool,
) graphql.Marshaler {
	if directives == nil && len(field.Selections) == 0 && len(field.Arguments) == 0 {
		leafContext, err := withDefaults(ctx, field, fieldContext)
		if err != nil {
			return graphql.Null // fieldContext has told it
		}
		if leaf := read(leafContext, resolve, marshal, nonNull); leaf != nil {
			return leaf
		}
	}
	return graphql.ResolveField(ctx, op, field, fieldContext, resolve, directives, marshal, recovers, nonNull)
}

// defaults holds the arguments of fields that were given none: those of the
// schema, by the field's definition (map[*ast.FieldDefinition]map[string]any).
var defaults sync.Map

// withDefaults returns the context in which a field that was given no arguments
// finds those of the schema.
func withDefaults(
	ctx context.Context,
	field graphql.CollectedField,
	fieldContext func(context.Context, graphql.CollectedField) (*graphql.FieldContext, error),
) (context.Context, error) {
	if len(field.Definition.Arguments) == 0 {
		return ctx, nil
	}
	args, known := defaults.Load(field.Definition)
	if !known {
		fc, err := fieldContext(ctx, field)
		if err != nil {
			return nil, err
		}
		args, _ = defaults.LoadOrStore(field.Definition, fc.Args)
	}
	return graphql.WithFieldContext(ctx, &graphql.FieldContext{Field: field, Args: args.(map[string]any)}), nil
}

// read returns nil when there is an error to tell.
func read[T any](
	ctx context.Context,
	resolve func(context.Context) (any, error),
	marshal func(context.Context, ast.SelectionSet, T) graphql.Marshaler,
	nonNull bool,
) (leaf graphql.Marshaler) {
	defer func() {
		if recover() != nil {
			leaf = nil
		}
	}()
	resolved, err := resolve(ctx)
	value, ok := resolved.(T)
	if err != nil || !ok || nonNull && isNil(resolved) {
		return nil
	}
	return marshal(ctx, nil, value)
}

func isNil(value any) bool {
	v := reflect.ValueOf(value)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// Object is a set of resolved fields as the marshaler of an object. There is at
// most one field of a name, as graphql.CollectFields has them.
func Object(fields []graphql.CollectedField, set *graphql.FieldSet) graphql.Marshaler {
	return object{fields, set.Values}
}

type object struct {
	fields []graphql.CollectedField
	values []graphql.Marshaler
}

// MarshalGQL writes names as they are: those of GraphQL need no escapes.
func (o object) MarshalGQL(w io.Writer) {
	before := `{"`
	for i := range o.fields {
		_, _ = io.WriteString(w, before)
		_, _ = io.WriteString(w, o.fields[i].Alias)
		_, _ = io.WriteString(w, `":`)
		o.values[i].MarshalGQL(w)
		before = `,"`
	}
	if len(o.fields) == 0 { // all of them were skipped
		_, _ = io.WriteString(w, "{")
	}
	_, _ = io.WriteString(w, "}")
}
