package graph_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/vektah/gqlparser/v2/ast"
)

// The contract holds the names and types that clients rely on.
func contract(t *testing.T) string {
	t.Helper()
	sdl, err := os.ReadFile("testdata/contract.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	return string(sdl)
}

func TestSchemaFulfilsTheContract(t *testing.T) {
	for _, fault := range breaches(publicSchema(t), loadSchema(t, contract(t))) {
		t.Error(fault)
	}
}

// breaches returns what a schema lacks of the contract, and the inputs that it requires
// beyond it. Other additions are compatible.
func breaches(schema, contract *ast.Schema) (found []string) {
	actual, promised := inventory(schema), inventory(contract)
	for line := range promised {
		if _, ok := actual[line]; !ok {
			found = append(found, "missing: "+line)
		}
	}
	for line, required := range actual {
		owner := strings.FieldsFunc(line, func(r rune) bool { return !unicode.IsLetter(r) })[0]
		if _, known := promised[line]; required && !known && contract.Types[owner] != nil {
			found = append(found, "required: "+line)
		}
	}
	return found
}

// inventory returns a line for each part of a schema, and whether it is an argument or
// input field that a client must send.
func inventory(schema *ast.Schema) map[string]bool {
	lines := map[string]bool{}
	for _, def := range schema.Types {
		if def.BuiltIn {
			continue
		}
		lines[fmt.Sprint(def.Name, " ", def.Kind, directivesOf(def.Directives))] = false
		for _, value := range def.EnumValues {
			lines[def.Name+"."+value.Name] = false
		}
		for _, field := range def.Fields {
			name := def.Name + "." + field.Name
			required := def.Kind == ast.InputObject && field.Type.NonNull && field.DefaultValue == nil
			lines[fmt.Sprint(name, ": ", field.Type, " = ", field.DefaultValue, directivesOf(field.Directives))] = required
			for _, arg := range field.Arguments {
				lines[fmt.Sprint(name, "(", arg.Name, ": ", arg.Type, " = ", arg.DefaultValue, ")")] = arg.Type.NonNull && arg.DefaultValue == nil
			}
		}
	}
	for _, directive := range schema.Directives {
		lines[fmt.Sprint("@", directive.Name, " on ", directive.Locations)] = false
	}
	return lines
}

func directivesOf(list ast.DirectiveList) (text string) {
	for _, directive := range list {
		text += " @" + directive.Name
		for _, argument := range directive.Arguments {
			text += "(" + argument.Name + ": " + argument.Value.String() + ")"
		}
	}
	return text
}

// Each breach is one edit of the contract.
func TestEachKindOfBreachIsFound(t *testing.T) {
	text := contract(t)
	for _, c := range []struct{ old, changed, want string }{
		{"\n  me: User! @authenticated", "\n  me: User @authenticated", "missing: Query.me: User! = <nil> @authenticated"},
		{"\n  me: User! @authenticated", "\n  me: User! @public", "missing: Query.me: User! = <nil> @authenticated"},
		{"\n  me: User! @authenticated", "\n  me: User! @authenticated @admin", "missing: Query.me: User! = <nil> @authenticated"},
		{"login(input: LoginInput!)", "login(input: LoginInput)", "missing: Mutation.login(input: LoginInput! = <nil>)"},
		{"login(input: LoginInput!)", "login(credentials: LoginInput)", "missing: Mutation.login(input: LoginInput! = <nil>)"},
		{"login(input: LoginInput!)", "login(input: LoginInput!, code: Int!)", "required: Mutation.login(code: Int! = <nil>)"},
		{"login(input: LoginInput!)", "login(input: LoginInput!, code: Int, way: Int! = 1)", ""},
		{"address: ColumnIndex! = 0", "address: ColumnIndex! = 1", "missing: SaveApartmentColumnsInput.address: ColumnIndex! = 0"},
		{"address: ColumnIndex! = 0", "address: ColumnIndex! = 0 zip: ColumnIndex!", "required: SaveApartmentColumnsInput.zip: ColumnIndex! = <nil>"},
		{"address: ColumnIndex! = 0", "address: ColumnIndex! = 0 zip: ColumnIndex", ""},
		{"enum Role { ADMIN OPERATOR }", "enum Role { ADMIN }", "missing: Role.OPERATOR"},
		{"enum Role { ADMIN OPERATOR }", "enum Role { ADMIN OPERATOR GUEST }", ""},
		{"\n  passwordChangedAt: DateTime", "", "missing: User.passwordChangedAt: DateTime = <nil>"},
		{"\nscalar LocalTime", "\nenum LocalTime { NOON }", "missing: LocalTime SCALAR"},
		{"andimarek/date-time.html", "other.html", "missing: DateTime SCALAR @specifiedBy"},
		{"directive @admin on FIELD_DEFINITION", "directive @admin on FIELD_DEFINITION | OBJECT", "missing: @admin on [FIELD_DEFINITION]"},
	} {
		if strings.Count(text, c.old) != 1 {
			t.Fatalf("the contract does not contain %q once", c.old)
		}
		found := breaches(loadSchema(t, strings.Replace(text, c.old, c.changed, 1)), loadSchema(t, text))
		if c.want == "" && len(found) > 0 || c.want != "" && (len(found) != 1 || !strings.HasPrefix(found[0], c.want)) {
			t.Errorf("%q: got %q, want %q", c.changed, found, c.want)
		}
	}
}
