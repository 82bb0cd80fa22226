package scalar

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

func TestCheckKnowsExactlyTheCustomScalarsOfTheSchema(t *testing.T) {
	text, err := os.ReadFile("../../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	document, err := parser.ParseSchema(&ast.Source{Name: "schema.graphqls", Input: string(text)})
	if err != nil {
		t.Fatal(err)
	}
	var inSchema []string
	for _, definition := range document.Definitions {
		if definition.Kind == ast.Scalar {
			inSchema = append(inSchema, definition.Name)
		}
	}
	slices.Sort(inSchema)
	if inGo := slices.Sorted(maps.Keys(checks)); !slices.Equal(inGo, inSchema) {
		t.Errorf("Check knows %v\nthe schema has %v", inGo, inSchema)
	}
}

func TestCheckOfAnUnknownNameIsAFaultOfTheProgramNotOfTheInput(t *testing.T) {
	err := Check("Unheard", "x")
	if err == nil {
		t.Fatal("accepted")
	}
	if apperr.CodeOf(err) != apperr.Internal {
		t.Errorf("code %s", apperr.CodeOf(err))
	}
}

// A value reaches a scalar decoded from a
// variable or a REST body, or as gqlparser reads a literal.
func TestLiteralsAndVariablesObeyTheSameRules(t *testing.T) {
	for _, c := range []struct{ scalar, source, wrong string }{
		{scalar: "ColumnIndex", source: `3`},
		{scalar: "ColumnIndex", source: `201`, wrong: "must be 0 to 200"},
		{scalar: "ColumnIndex", source: `3.0`, wrong: "must be an integer"},
		{scalar: "ColumnIndex", source: `1e30`, wrong: "must be an integer"},
		{scalar: "ColumnIndex", source: `"3"`, wrong: "must be an integer"},
		{scalar: "ColumnIndex", source: `true`, wrong: "must be an integer"},
		{scalar: "ColumnIndex", source: `null`, wrong: "must be an integer"},
		{scalar: "ModelName", source: `"gpt-4o"`},
		{scalar: "ModelName", source: `4`, wrong: "must be text"},
		{scalar: "ModelName", source: `4.5`, wrong: "must be text"},
		{scalar: "ModelName", source: `false`, wrong: "must be text"},
		{scalar: "ModelName", source: `["a"]`, wrong: "must be text"},
		{scalar: "ModelName", source: `null`, wrong: "must be text"},
	} {
		t.Run(c.scalar+" "+c.source, func(t *testing.T) {
			for form, value := range map[string]any{"literal": literal(t, c.source), "variable": variable(t, c.source)} {
				if got := message(Check(c.scalar, value)); got != c.wrong {
					t.Errorf("%s (%T): got %q, want %q", form, value, got, c.wrong)
				}
			}
		})
	}
}

func literal(t *testing.T, source string) any {
	t.Helper()
	document, err := parser.ParseQuery(&ast.Source{Input: "{f(a: " + source + ")}"})
	if err != nil {
		t.Fatal(err)
	}
	value, valueErr := document.Operations[0].SelectionSet[0].(*ast.Field).Arguments[0].Value.Value(nil)
	if valueErr != nil {
		t.Fatal(valueErr)
	}
	return value
}

func variable(t *testing.T, source string) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(source))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func marshal(m graphql.Marshaler) string {
	var buf bytes.Buffer
	m.MarshalGQL(&buf)
	return buf.String()
}
