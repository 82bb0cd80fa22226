// Package testvalue has valid values of input fields.
package testvalue

import (
	"encoding/json"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
)

// pairs are two valid values of each type, as JSON.
var pairs = map[string][2]any{
	"LocalTime":     {"00:00", "23:59"},
	"ColumnIndex":   {json.Number("0"), json.Number("200")},
	"ColumnLetters": {"A", "zZ"},
	"AccountId":     {"1", "aZ_-"},
	"Boolean":       {false, true},
	"String":        {"one", "two"},
}

// Pair returns two valid values of an argument or input field: the limits of an integer
// with @range, two values of an enum, or those that this package has for the type.
func Pair(t testing.TB, typ *ast.Definition, directives ast.DirectiveList) [2]any {
	t.Helper()
	if limits := directives.ForName("range"); limits != nil {
		return [2]any{limit(limits, "min"), limit(limits, "max")}
	}
	if typ.Kind == ast.Enum {
		return [2]any{typ.EnumValues[0].Name, typ.EnumValues[len(typ.EnumValues)-1].Name}
	}
	values, ok := pairs[typ.Name]
	if !ok {
		t.Fatalf("add two values of %s to package testvalue; an Int needs @range", typ.Name)
	}
	return values
}

func limit(directive *ast.Directive, name string) json.Number {
	return json.Number(directive.Arguments.ForName(name).Value.Raw)
}
