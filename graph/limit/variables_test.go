package limit

import (
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// variableTypes has an enum, a custom scalar, and input objects with every built-in scalar.
const variableTypes = `
	scalar Custom
	enum Enum { ONE TWO }
	input One @oneOf { int: Int, string: String }
	input Object { one: One,  int: Int, string: String, id: ID, boolean: Boolean, enum: Enum, list: [Int!], inner: Object, need: String! = "default" }
`

// isAccepted reports whether an executor accepts a variable. value is JSON, or "" for
// an omitted variable.
func isAccepted(t *testing.T, typ, value string) bool {
	t.Helper()
	argument, _, _ := strings.Cut(typ, " =")
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: variableTypes + "type Query { x(v: " + argument + "): Int }"})
	exec := NewExecutor(&graphql.ExecutableSchemaMock{SchemaFunc: func() *ast.Schema { return schema }}, Default())
	variables := ""
	if value != "" {
		variables = `{"v":` + value + `}`
	}
	_, errs := createOperation(t, exec, "query($v:"+typ+"){x(v:$v)}", "", variables)
	for _, wrong := range errs {
		if wrong.Extensions["code"] != string(apperr.BadUserInput) || strings.Contains(wrong.Message, "hunter2") {
			t.Errorf("$v: %s = %s: got %v", typ, value, wrong)
		}
	}
	return errs == nil
}

func TestVariableMustHaveItsType(t *testing.T) {
	for typ, c := range map[string]struct{ good, bad []string }{
		"Int":          {[]string{"", "null", "7", "-7", "0", "2147483647", "-2147483648"}, []string{"2147483648", "-2147483649", "9223372036854775808", `"7"`, `"hunter2"`, "1.5", "true", "[7]", `{"a":7}`}},
		"Int!":         {[]string{"7"}, []string{"", "null", `"7"`}},
		"Int = 7":      {[]string{"", "null", "8"}, []string{`"8"`}},
		"Float":        {[]string{"", "null", "7", "1.5", "1e3"}, []string{`"1.5"`, "true", "[1.5]"}},
		"String":       {[]string{"", "null", `"7"`, `""`}, []string{"7", "1.5", "true", `["a"]`, `{"a":"b"}`}},
		"String!":      {[]string{`"a"`}, []string{"", "null", "7"}},
		`String = "a"`: {[]string{"", "null", `"b"`}, []string{"7"}},
		"ID":           {[]string{"", "null", `"a"`, `"7"`, "7"}, []string{"1.5", "1e3", "true", `["a"]`, "{}"}},
		"ID!":          {[]string{`"a"`, "7"}, []string{"", "null", "1.5"}},
		"Boolean":      {[]string{"", "null", "true", "false"}, []string{`"true"`, "1", "0", "[true]"}},
		"Enum":         {[]string{"", "null", `"ONE"`}, []string{`"one"`, `"hunter2"`, "1", "true"}},
		"Custom":       {[]string{"", "null", `"a"`, "7", "1.5", "true", "[1]", "{}"}, nil},
		"[Int]":        {[]string{"", "null", "[]", "[1,2]", "[null]", "7"}, []string{`["1"]`, `[1,"2"]`, `"7"`, "[[1]]", "[1.5]"}},
		"[Int!]":       {[]string{"[1]"}, []string{"[null]", `[1,"2"]`}},
		"[String]":     {[]string{`["a"]`, `"a"`, "[null]"}, []string{"[7]", `["a",7]`, "7"}},
		"[ID]":         {[]string{`["a",7]`, "7"}, []string{"[1.5]", "1.5"}},
		"[[Int]]":      {[]string{"[[1]]", "[null]"}, []string{`[["1"]]`, `[[1],["2"]]`}},
		"[Enum!]":      {[]string{`["ONE","TWO"]`, `"ONE"`}, []string{`["ONE","two"]`, `"one"`}},
		"Object": {
			[]string{"", "null", "{}", `{"int":1,"string":"a","id":"b","boolean":true,"enum":"ONE","list":[1],"inner":{"id":7}}`,
				`{"int":null,"string":null,"id":null,"list":null,"inner":null}`, `{"list":1}`, `{"__typename":"Object"}`},
			[]string{`{"int":"1"}`, `{"int":2147483648}`, `{"string":1}`, `{"id":1.5}`, `{"boolean":"true"}`, `{"enum":"one"}`, `{"list":["1"]}`, `{"list":"1"}`,
				`{"inner":{"int":"1"}}`, `{"one":{}}`, `{"inner":{"inner":{"string":1}}}`, `{"need":null}`, `{"need":1}`, `{"hunter2":1}`},
		},
		"One":       {[]string{"", "null", `{"int":1}`, `{"string":"a"}`}, []string{"{}", `{"int":null}`, `{"int":1,"string":"a"}`, `{"int":1,"string":null}`}},
		"[Object!]": {[]string{`[{"int":1},{"int":2}]`, `{"int":1}`}, []string{`[{"int":1},{"int":"2"}]`, `{"int":"1"}`}},
	} {
		for _, value := range c.good {
			if !isAccepted(t, typ, value) {
				t.Errorf("$v: %s = %s is rejected", typ, value)
			}
		}
		for _, value := range c.bad {
			if isAccepted(t, typ, value) {
				t.Errorf("$v: %s = %s is accepted", typ, value)
			}
		}
	}
}
