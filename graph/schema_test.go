package graph_test

import (
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/graph/generated"
	"github.com/stay-sidekick/profile-server/graph/limit"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/auth"
)

// rootFieldsOf returns the fields of Query, Mutation and Subscription by names like "Query.me".
func rootFieldsOf(schema *ast.Schema) map[string]*ast.FieldDefinition {
	fields := make(map[string]*ast.FieldDefinition)
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		if root == nil {
			continue
		}
		for _, field := range root.Fields {
			if !strings.HasPrefix(field.Name, "__") {
				fields[root.Name+"."+field.Name] = field
			}
		}
	}
	return fields
}

func TestEveryRootFieldHasOneAccessDirective(t *testing.T) {
	for name, field := range rootFieldsOf(graph.Schema()) {
		count := 0
		for _, directive := range field.Directives {
			if slices.Contains([]string{"public", "authenticated", "admin"}, directive.Name) {
				count++
			}
		}
		if count != 1 {
			t.Errorf("%s has %d of @public, @authenticated and @admin, want one", name, count)
		}
	}
}

// The schema and the code each list the values, because packages below graph do not
// depend on it.
func TestEnumsOfTheSchemaHaveTheValuesOfTheCode(t *testing.T) {
	for _, c := range []struct{ enum, file, constant, private string }{
		{"AuditKind", "../internal/audit/audit.go", "Kind", string(audit.KeysRotated)},
		{"UserErrorCode", "../internal/apperr/user_error.go", "UserErrorCode", ""},
		{"ConnectionStatus", "../internal/connection/connection.go", "Status", ""},
		{"ConnectionReason", "../internal/connection/connection.go", "Reason", ""},
	} {
		source, err := os.ReadFile(c.file)
		if err != nil {
			t.Fatal(err)
		}
		var inCode, inSchema []string
		for _, match := range regexp.MustCompile(`(?m)^\t\w+ +`+c.constant+` += "([A-Z_]+)"`).FindAllSubmatch(source, -1) {
			if value := string(match[1]); value != c.private {
				inCode = append(inCode, value)
			}
		}
		for _, value := range graph.Schema().Types[c.enum].EnumValues {
			inSchema = append(inSchema, value.Name)
		}
		wantSame(t, c.enum, inCode, inSchema)
	}
}

func TestEveryReasonOfACheckHasAMessage(t *testing.T) {
	var reasons []string
	for _, value := range graph.Schema().Types["ConnectionReason"].EnumValues {
		reasons = append(reasons, value.Name)
	}
	wantSame(t, "reasons with a message", slices.Collect(maps.Keys(apperr.ReasonMessages)), reasons)
}

func TestEveryPageHasARangeAndEveryRangeIsOfAnIntWithItsDefault(t *testing.T) {
	check := func(name string, typ *ast.Type, value *ast.Value, directives ast.DirectiveList) {
		directive := directives.ForName("range")
		if directive == nil {
			if strings.HasSuffix(name, "(first)") {
				t.Errorf("%s: the length of a page needs @range", name)
			}
			return
		}
		limits := directive.ArgumentMap(nil)
		minimum, maximum := limits["min"].(int64), limits["max"].(int64)
		if typ.NamedType != "Int" || minimum >= maximum {
			t.Errorf("%s: %s has the range %d to %d", name, typ, minimum, maximum)
		}
		if n, err := value.Value(nil); value != nil && (err != nil || n.(int64) < minimum || n.(int64) > maximum) {
			t.Errorf("%s: the default %v is not in the range %d to %d", name, n, minimum, maximum)
		}
	}
	for _, def := range graph.Schema().Types {
		for _, field := range def.Fields {
			check(def.Name+"."+field.Name, field.Type, field.DefaultValue, field.Directives)
			for _, arg := range field.Arguments {
				check(def.Name+"."+field.Name+"("+arg.Name+")", arg.Type, arg.DefaultValue, arg.Directives)
			}
		}
	}
}

// The Go type of an object is that of the first parameter of its resolver.
func TestEveryGuardedFieldOfAnObjectIsAuthorisedForTheObjectsViewer(t *testing.T) {
	schema := graph.Schema()
	for _, object := range schema.Types {
		if object.Kind != ast.Object || object == schema.Query || object == schema.Mutation {
			continue
		}
		for _, field := range object.Fields {
			guarded := field.Directives.ForName("authenticated") != nil || field.Directives.ForName("admin") != nil
			if guarded && !hasViewer(object.Name) {
				t.Errorf("%s.%s: its type needs a resolver in gqlgen.yml and model.ForViewer", object.Name, field.Name)
			}
		}
	}
}

func hasViewer(object string) bool {
	resolver, ok := reflect.TypeFor[generated.ResolverRoot]().MethodByName(object)
	return ok && resolver.Type.Out(0).Method(0).Type.In(1).Implements(reflect.TypeFor[interface{ Viewer() *auth.Principal }]())
}

// graph/limit limits connections. A list elsewhere may have objects with only leaf fields.
func TestEveryListOfObjectsIsAPageOfAConnection(t *testing.T) {
	schema := graph.Schema()
	for _, typ := range schema.Types {
		for _, field := range typ.Fields {
			isPage := limit.IsConnection(typ) && (field.Name == "nodes" || field.Name == "edges")
			if typ.IsCompositeType() && !typ.BuiltIn && field.Type.Elem != nil && !isPage && !onlyLeaves(schema, schema.Types[field.Type.Name()]) {
				t.Errorf("%s.%s needs a connection: nodes or edges of an object type …Connection with pageInfo", typ.Name, field.Name)
			}
		}
	}
}

func onlyLeaves(schema *ast.Schema, typ *ast.Definition) bool {
	return typ.IsLeafType() || typ.Kind == ast.Object && !slices.ContainsFunc(typ.Fields, func(field *ast.FieldDefinition) bool {
		return !schema.Types[field.Type.Name()].IsLeafType()
	})
}

func TestEveryListSaysWhoMayReadIt(t *testing.T) {
	schema := graph.Schema()
	for _, typ := range schema.Types {
		for _, field := range typ.Fields {
			guarded := field.Directives.ForName("authenticated") != nil || field.Directives.ForName("admin") != nil
			if limit.IsConnection(schema.Types[field.Type.Name()]) && !guarded {
				t.Errorf("%s.%s needs @authenticated or @admin", typ.Name, field.Name)
			}
		}
	}
}
