package graph_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
)

// contract.graphqls holds the names and types that clients rely on.
func contract(t *testing.T) string {
	t.Helper()
	sdl, err := os.ReadFile("testdata/contract.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	return string(sdl)
}

func TestTheSchemaKeepsTheContract(t *testing.T) {
	for _, fault := range breaches(publicSchema(t), loadSchema(t, contract(t))) {
		t.Error(fault)
	}
}

// breaches tells what a schema lacks of the contract, or has differently, or
// demands beyond it. Additions that no client need know are none.
func breaches(schema, promised *ast.Schema) (found []string) {
	c := comparison{found: &found}
	for name, want := range promised.Types {
		if want.BuiltIn {
			continue
		}
		got, ok := schema.Types[name]
		if !ok {
			c.fault(name, "is missing")
			continue
		}
		c.definition(got, want)
	}
	for name, want := range promised.Directives {
		got, ok := schema.Directives[name]
		if !ok {
			c.fault("@"+name, "is missing")
			continue
		}
		c.same("@"+name+" places", locations(got), locations(want))
		c.arguments("@"+name, got.Arguments, want.Arguments)
	}
	return found
}

type comparison struct{ found *[]string }

func (c comparison) fault(where, what string) { *c.found = append(*c.found, where+": "+what) }

func (c comparison) same(where, got, want string) {
	if got != want {
		c.fault(where, "is "+got+", promised "+want)
	}
}

func (c comparison) definition(got, want *ast.Definition) {
	c.same(want.Name+" kind", string(got.Kind), string(want.Kind))
	c.same(want.Name+" directives", directivesOf(got.Directives), directivesOf(want.Directives))
	for _, value := range want.EnumValues {
		if got.EnumValues.ForName(value.Name) == nil {
			c.fault(want.Name+"."+value.Name, "is missing")
		}
	}
	for _, field := range want.Fields {
		where := want.Name + "." + field.Name
		other := got.Fields.ForName(field.Name)
		if other == nil {
			c.fault(where, "is missing")
			continue
		}
		c.same(where, other.Type.String(), field.Type.String())
		c.same(where+" default", other.DefaultValue.String(), field.DefaultValue.String())
		c.same(where+" directives", directivesOf(other.Directives), directivesOf(field.Directives))
		c.arguments(where, other.Arguments, field.Arguments)
	}
	if want.Kind != ast.InputObject {
		return
	}
	for _, field := range got.Fields {
		if want.Fields.ForName(field.Name) == nil && field.Type.NonNull && field.DefaultValue == nil {
			c.fault(want.Name+"."+field.Name, "is demanded beyond the contract")
		}
	}
}

func (c comparison) arguments(where string, got, want ast.ArgumentDefinitionList) {
	for _, argument := range want {
		other := got.ForName(argument.Name)
		if other == nil {
			c.fault(where+"."+argument.Name, "is missing")
			continue
		}
		c.same(where+"."+argument.Name, other.Type.String(), argument.Type.String())
		c.same(where+"."+argument.Name+" default", other.DefaultValue.String(), argument.DefaultValue.String())
	}
	for _, argument := range got {
		if want.ForName(argument.Name) == nil && argument.Type.NonNull && argument.DefaultValue == nil {
			c.fault(where+"."+argument.Name, "is demanded beyond the contract")
		}
	}
}

func directivesOf(list ast.DirectiveList) string {
	var names []string
	for _, directive := range list {
		name := "@" + directive.Name
		for _, argument := range directive.Arguments {
			name += "(" + argument.Name + ": " + argument.Value.String() + ")"
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

func locations(directive *ast.DirectiveDefinition) string {
	var names []string
	for _, location := range directive.Locations {
		names = append(names, string(location))
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// Each breach is one edit of the contract itself.
func TestTheComparisonWithTheContractFindsEachKindOfBreach(t *testing.T) {
	text := contract(t)
	for _, c := range []struct{ old, changed, want string }{
		{"\n  me: User! @authenticated", "\n  me: User @authenticated", "Query.me: is User, promised User!"},
		{"\n  me: User! @authenticated", "\n  me: User! @public", "Query.me directives: is @public, promised @authenticated"},
		{"\n  me: User! @authenticated", "\n  me: User! @authenticated @admin", "Query.me directives: is @authenticated @admin, promised @authenticated"},
		{"login(input: LoginInput!)", "login(input: LoginInput)", "Mutation.login.input: is LoginInput, promised LoginInput!"},
		{"login(input: LoginInput!)", "login(credentials: LoginInput)", "Mutation.login.input: is missing"},
		{"login(input: LoginInput!)", "login(input: LoginInput!, code: Int!)", "Mutation.login.code: is demanded beyond the contract"},
		{"login(input: LoginInput!)", "login(input: LoginInput!, code: Int, way: Int! = 1)", ""},
		{"address: ColumnIndex! = 0", "address: ColumnIndex! = 1", "SaveApartmentColumnsInput.address default: is 1, promised 0"},
		{"address: ColumnIndex! = 0", "address: ColumnIndex!", "SaveApartmentColumnsInput.address default: is <nil>, promised 0"},
		{"address: ColumnIndex! = 0", "address: ColumnIndex! = 0 zip: ColumnIndex!", "SaveApartmentColumnsInput.zip: is demanded beyond the contract"},
		{"address: ColumnIndex! = 0", "address: ColumnIndex! = 0 zip: ColumnIndex", ""},
		{"enum Role { ADMIN OPERATOR }", "enum Role { ADMIN }", "Role.OPERATOR: is missing"},
		{"enum Role { ADMIN OPERATOR }", "enum Role { ADMIN OPERATOR GUEST }", ""},
		{"\n  passwordChangedAt: DateTime", "", "User.passwordChangedAt: is missing"},
		{"\nscalar LocalTime", "\nenum LocalTime { NOON }", "LocalTime kind: is ENUM, promised SCALAR"},
		{"andimarek/date-time.html", "other.html", "DateTime directives"},
		{"directive @admin on FIELD_DEFINITION", "directive @admin on FIELD_DEFINITION | OBJECT", "@admin places"},
	} {
		if strings.Count(text, c.old) != 1 {
			t.Fatalf("the contract does not have %q once", c.old)
		}
		found := breaches(loadSchema(t, strings.Replace(text, c.old, c.changed, 1)), loadSchema(t, text))
		if c.want == "" && len(found) > 0 || c.want != "" && (len(found) != 1 || !strings.HasPrefix(found[0], c.want)) {
			t.Errorf("%q: got %q, want %q", c.changed, found, c.want)
		}
	}
}
