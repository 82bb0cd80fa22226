package lean_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/graph/lean"
)

// field is what a test resolves; *string is what its marshaler takes.
type field struct {
	resolve    func() (any, error)
	nonNull    bool
	given      ast.ArgumentList
	selections ast.SelectionSet
	directives func(context.Context, graphql.Resolver) graphql.Resolver
}

// resolver is graphql.ResolveField or its stand-in.
type resolver func(
	context.Context, *graphql.OperationContext, graphql.CollectedField,
	func(context.Context, graphql.CollectedField) (*graphql.FieldContext, error),
	func(context.Context) (any, error),
	func(context.Context, graphql.Resolver) graphql.Resolver,
	func(context.Context, ast.SelectionSet, *string) graphql.Marshaler,
	bool, bool,
) graphql.Marshaler

// result is what a client sees, and whether gqlgen's own way was taken.
type result struct {
	json     string
	errors   string
	byGqlgen bool
}

func (f field) resolvedBy(resolve resolver) (r result) {
	ctx := graphql.WithResponseContext(context.Background(), graphql.DefaultErrorPresenter, graphql.DefaultRecover)
	ctx = graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: "User", Field: collected("me", ast.ArgumentDefinitionList{})})
	op := &graphql.OperationContext{
		RecoverFunc:        func(_ context.Context, panicked any) error { return gqlerror.Errorf("panic: %v", panicked) },
		ResolverMiddleware: func(ctx context.Context, next graphql.Resolver) (any, error) { return next(ctx) },
	}
	leaf := collected("name", nil)
	leaf.Selections, leaf.Arguments = f.selections, f.given
	if f.given != nil {
		leaf.Definition.Arguments = ast.ArgumentDefinitionList{{Name: "precision"}}
	}
	marshaler := resolve(ctx, op, leaf,
		func(_ context.Context, c graphql.CollectedField) (*graphql.FieldContext, error) {
			r.byGqlgen = true
			return &graphql.FieldContext{Object: "User", Field: c}, nil
		},
		func(context.Context) (any, error) { return f.resolve() },
		f.directives,
		func(ctx context.Context, _ ast.SelectionSet, v *string) graphql.Marshaler {
			if v == nil && f.nonNull {
				graphql.AddErrorf(ctx, "must not be null")
			}
			if v == nil {
				return graphql.Null
			}
			return graphql.MarshalString(*v)
		},
		true, f.nonNull)
	var json strings.Builder
	marshaler.MarshalGQL(&json)
	r.json, r.errors = json.String(), graphql.GetErrors(ctx).Error()
	return r
}

// collected is a field of a type that takes the given arguments.
func collected(name string, arguments ast.ArgumentDefinitionList) graphql.CollectedField {
	return graphql.CollectedField{Field: &ast.Field{
		Name: name, Alias: name, Definition: &ast.FieldDefinition{Name: name, Arguments: arguments, Type: ast.NamedType("String", nil)},
	}}
}

func value(v any, err error) func() (any, error) { return func() (any, error) { return v, err } }

func TestAFieldAnswersAsWithGqlgenAndALeafTakesTheShortWay(t *testing.T) {
	none := (*string)(nil)
	same := func(_ context.Context, next graphql.Resolver) graphql.Resolver { return next }
	for name, c := range map[string]struct {
		field    field
		byGqlgen bool
	}{
		"a value":                   {field{resolve: value(new("Ada"), nil)}, false},
		"a value that must be":      {field{resolve: value(new("Ada"), nil), nonNull: true}, false},
		"null":                      {field{resolve: value(none, nil)}, false},
		"null where it must not be": {field{resolve: value(none, nil), nonNull: true}, true},
		"nothing":                   {field{resolve: value(nil, nil)}, true},
		"nothing where it must be":  {field{resolve: value(nil, nil), nonNull: true}, true},
		"an error":                  {field{resolve: value(new("Ada"), errors.New("no"))}, true},
		"a value of another type":   {field{resolve: value(42, nil)}, true},
		"a panic":                   {field{resolve: func() (any, error) { panic("odd row") }}, true},
		"an argument":               {field{resolve: value(new("Ada"), nil), given: ast.ArgumentList{{Name: "precision"}}}, true},
		"a directive":               {field{resolve: value(new("Ada"), nil), directives: same}, true},
		"an object":                 {field{resolve: value(new("Ada"), nil), selections: ast.SelectionSet{&ast.Field{}}}, true},
	} {
		want := c.field.resolvedBy(graphql.ResolveField[*string])
		want.byGqlgen = c.byGqlgen
		if got := c.field.resolvedBy(lean.ResolveField[*string]); got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}

func TestArgumentsThatAreLeftOutAreReadOnceFromTheSchema(t *testing.T) {
	leaf := collected("name", ast.ArgumentDefinitionList{{Name: "precision"}})
	var read int
	var failure error
	resolved := func() (json, errors string) {
		ctx := graphql.WithResponseContext(context.Background(), graphql.DefaultErrorPresenter, graphql.DefaultRecover)
		var written strings.Builder
		lean.ResolveField(ctx, &graphql.OperationContext{}, leaf,
			func(ctx context.Context, c graphql.CollectedField) (*graphql.FieldContext, error) {
				read++
				if failure != nil {
					graphql.AddError(ctx, failure) // as the generated code does
				}
				return &graphql.FieldContext{Field: c, Args: map[string]any{"precision": "second"}}, failure
			},
			func(ctx context.Context) (any, error) { return graphql.GetFieldContext(ctx).Args["precision"], nil },
			nil,
			func(_ context.Context, _ ast.SelectionSet, v string) graphql.Marshaler {
				return graphql.MarshalString(v)
			},
			true, false).MarshalGQL(&written)
		return written.String(), graphql.GetErrors(ctx).Error()
	}

	failure = errors.New("no")
	if json, errors := resolved(); json != "null" || errors != "input: no\n" {
		t.Errorf("a value that cannot be read: %s %q", json, errors)
	}
	failure = nil
	for range 3 {
		if json, errors := resolved(); json != `"second"` || errors != "" {
			t.Errorf("got %s %q", json, errors)
		}
	}
	if read != 2 {
		t.Errorf("read %d times, want once, and once in vain", read)
	}
}

func TestAnObjectIsWrittenAsByGqlgen(t *testing.T) {
	fields := []graphql.CollectedField{collected("id", nil), collected("nombre", nil), collected("_2", nil)}
	for n := range len(fields) + 1 {
		set := graphql.NewFieldSet(fields[:n])
		for i := range n {
			set.Values[i] = []graphql.Marshaler{graphql.MarshalInt(1), graphql.MarshalString(`"Ñ"`), graphql.Null}[i]
		}
		var got, want strings.Builder
		set.MarshalGQL(&want)
		lean.Object(fields[:n], set).MarshalGQL(&got)
		if got.String() != want.String() {
			t.Errorf("%d fields: got %s, want %s", n, got.String(), want.String())
		}
	}
}

// Else a new version of gqlgen could word its code so that graph/lean/lean.sed
// changes nothing.
func TestTheGeneratedCodeCallsIt(t *testing.T) {
	code, err := os.ReadFile("../generated/generated.go")
	if err != nil {
		t.Fatal(err)
	}
	for stands, instead := range map[string]string{
		"lean.ResolveField(":      "graphql.ResolveField(",
		"return lean.Object(":     "return out\n",
		"graphql.DeferredGroup{}": "NewDeferredGroup(",
	} {
		if !strings.Contains(string(code), stands) || strings.Contains(string(code), instead) {
			t.Errorf("%s does not stand for %s everywhere", stands, instead)
		}
	}
}
