package graph_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/stay-sidekick/profile-server/graph"
)

// The contract holds the names and types that clients rely on. The schema may add to it,
// but no input that it requires.
func TestSchemaFulfilsTheContract(t *testing.T) {
	sdl, err := os.ReadFile("testdata/contract.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	contract := gqlparser.MustLoadSchema(&ast.Source{Name: "contract", Input: string(sdl)})
	actual, promised := inventory(graph.Schema()), inventory(contract)
	for line := range promised {
		if _, ok := actual[line]; !ok {
			t.Errorf("missing: %s", line)
		}
	}
	for line, required := range actual {
		owner := strings.FieldsFunc(line, func(r rune) bool { return !unicode.IsLetter(r) })[0]
		if _, known := promised[line]; required && !known && contract.Types[owner] != nil {
			t.Errorf("required: %s", line)
		}
	}
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
		if !directive.Position.Src.BuiltIn {
			lines[fmt.Sprint("@", directive.Name, " on ", directive.Locations)] = false
		}
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
