package limit

import (
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// The test shows where gqlparser follows the syntax of GraphQL, September 2025, and where
// it does not. docs/graphql-over-http.md lists the differences.
func TestSyntaxOfTheEdition(t *testing.T) {
	for document, valid := range map[string]bool{
		`"""d""" query q("d" $v:Int){x} "d" fragment f on Q{x}`: true,
		`"d" {x}`:                         false,
		`query($v:Int@d){x(v:$v)}`:        true,
		`{x@d@d}`:                         true,
		`{x(v:"\u{1F600} \uD83D\uDE00")}`: true,
		`{x(v:"\u{110000}")}`:             false,
		`{x(v:"\u{D800}")}`:               false,
		`{x(v:1a)}`:                       false,
		`{x(v:01)}`:                       false,
		`extend type Q{x:Int} {x}`:        false,
		`type Q{x:Int} {x}`:               false,
		`fragment on on Q{x} {...on}`:     false,

		`{x(v:"\uD83D")}`:   true,  // differs: a lone surrogate is U+FFFD
		"{x(v:\"\u0007\")}": false, // differs: a control character must be escaped
		"{x #\u0007\n}":     false, // likewise
	} {
		if _, err := parser.ParseQuery(&ast.Source{Input: document}); (err == nil) != valid {
			t.Errorf("%q: %v", document, err)
		}
	}
	for literal, want := range map[string]string{`"\u{1F600}"`: "\U0001F600", `"\uD83D\uDE00"`: "\U0001F600", `"\uD83D"`: "\uFFFD"} {
		doc, err := parser.ParseQuery(&ast.Source{Input: "{x(v:" + literal + ")}"})
		if err != nil {
			t.Fatal(err)
		}
		if got := doc.Operations[0].SelectionSet[0].(*ast.Field).Arguments[0].Value.Raw; got != want {
			t.Errorf("%s is %q", literal, got)
		}
	}
}
