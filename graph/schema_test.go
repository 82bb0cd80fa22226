package graph_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/stay-sidekick/profile-server/graph/generated"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// publicSchema is schema.graphqls.
func publicSchema(t *testing.T) *ast.Schema {
	t.Helper()
	return loadSchema(t, testserver.SDL(t))
}

func loadSchema(t *testing.T, sdl string) *ast.Schema {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema", Input: sdl})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

type namedField struct {
	name string // "Query.me"
	*ast.FieldDefinition
}

// fieldsOfRoots are the fields that an operation can begin with.
func fieldsOfRoots(schema *ast.Schema) (fields []namedField) {
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		if root == nil {
			continue
		}
		for _, field := range root.Fields {
			if !strings.HasPrefix(field.Name, "__") {
				fields = append(fields, namedField{root.Name + "." + field.Name, field})
			}
		}
	}
	return fields
}

var accessDirectives = []string{"public", "authenticated", "admin"}

// unguarded names the root fields without exactly one access directive.
func unguarded(schema *ast.Schema) (names []string) {
	for _, field := range fieldsOfRoots(schema) {
		count := 0
		for _, directive := range field.Directives {
			if slices.Contains(accessDirectives, directive.Name) {
				count++
			}
		}
		if count != 1 {
			names = append(names, field.name)
		}
	}
	return names
}

// undescribed names everything of the schema's own without a description.
func undescribed(schema *ast.Schema) (names []string) {
	check := func(description string, path ...string) {
		if strings.TrimSpace(description) == "" {
			names = append(names, strings.Join(path, "."))
		}
	}
	arguments := func(list ast.ArgumentDefinitionList, path ...string) {
		for _, argument := range list {
			check(argument.Description, append(slices.Clone(path), argument.Name)...)
		}
	}
	for _, def := range schema.Types {
		if def.BuiltIn {
			continue
		}
		check(def.Description, def.Name)
		for _, field := range def.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			check(field.Description, def.Name, field.Name)
			arguments(field.Arguments, def.Name, field.Name)
		}
		for _, value := range def.EnumValues {
			check(value.Description, def.Name, value.Name)
		}
	}
	for _, directive := range schema.Directives {
		if directive.Position != nil && directive.Position.Src.BuiltIn {
			continue
		}
		check(directive.Description, "@"+directive.Name)
		arguments(directive.Arguments, "@"+directive.Name)
	}
	return names
}

func TestEveryRootFieldSaysOnceWhoMayAsk(t *testing.T) {
	if names := unguarded(publicSchema(t)); len(names) > 0 {
		t.Errorf("not exactly one of @public, @authenticated and @admin: %q", names)
	}
}

func TestTheCheckOfRootFieldsFindsThoseWithoutADirectiveOrWithTwo(t *testing.T) {
	schema := loadSchema(t, `
		directive @public on FIELD_DEFINITION
		directive @authenticated on FIELD_DEFINITION
		directive @admin on FIELD_DEFINITION
		type Query { good: Int @public  none: Int  other: Int @deprecated }
		type Mutation { good: Int @admin  two: Int @authenticated @admin  nothing: Int }
		type Subscription { events: Int }`)
	wantSame(t, "found", unguarded(schema),
		[]string{"Query.none", "Query.other", "Mutation.two", "Mutation.nothing", "Subscription.events"})
}

// withoutViewer names the guarded fields of objects whose Go type has no viewer.
// The Go type is read off the object's resolver, so each such object needs one.
func withoutViewer(schema *ast.Schema) (names []string) {
	for _, object := range schema.Types {
		if object.Kind != ast.Object || object == schema.Query || object == schema.Mutation {
			continue
		}
		for _, field := range object.Fields {
			guarded := field.Directives.ForName("authenticated") != nil || field.Directives.ForName("admin") != nil
			if guarded && !hasViewer(object.Name) {
				names = append(names, object.Name+"."+field.Name)
			}
		}
	}
	return names
}

func hasViewer(object string) bool {
	resolver, ok := reflect.TypeFor[generated.ResolverRoot]().MethodByName(object)
	return ok && resolver.Type.Out(0).Method(0).Type.In(1).Implements(reflect.TypeFor[interface{ Viewer() *auth.Principal }]())
}

func TestEveryGuardedFieldOfAnObjectIsAuthorisedForTheObjectsViewer(t *testing.T) {
	if names := withoutViewer(publicSchema(t)); len(names) > 0 {
		t.Errorf("fields without a viewer, whose type needs a resolver in gqlgen.yml and model.ForViewer: %q", names)
	}
}

func TestTheCheckOfViewersFindsObjectsWithout(t *testing.T) {
	schema := loadSchema(t, `
		directive @authenticated on FIELD_DEFINITION
		directive @admin on FIELD_DEFINITION
		type Query { me: User @authenticated }
		type User { company: Company }
		type Company { good: PageInfo @admin  free: Int }
		type PageInfo { one: Int @authenticated  two: Int @admin  free: Int }`)
	wantSame(t, "found", withoutViewer(schema), []string{"PageInfo.one", "PageInfo.two"})
}

func TestEverythingInTheSchemaIsDescribed(t *testing.T) {
	if names := undescribed(publicSchema(t)); len(names) > 0 {
		t.Errorf("without a description: %q", names)
	}
}

func TestTheCheckOfDescriptionsFindsEachKindOfThing(t *testing.T) {
	schema := loadSchema(t, `
		directive @bare(argument: Int) on FIELD_DEFINITION
		"described" directive @told("described" argument: Int) on FIELD_DEFINITION
		scalar Time
		enum Role { ADMIN "described" OPERATOR }
		input Key { value: Int }
		" " type Query { field(argument: Int): Role }
		"described" type Told { "described" field("described" argument: Int): Role }`)
	wantSame(t, "found", undescribed(schema), []string{
		"@bare", "@bare.argument", "Time", "Role", "Role.ADMIN", "Key", "Key.value", "Query", "Query.field", "Query.field.argument",
	})
}
