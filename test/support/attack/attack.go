// Package attack contains GraphQL requests that are cheap for the client and
// expensive for a server, each as large as the server's limits allow. Tests and
// benchmarks run all of them.
package attack

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Attack is an expensive request.
type Attack struct {
	// Name describes the attack.
	Name string
	// Query is the document.
	Query string
	// Variables is the JSON object of the variables, empty for none.
	Variables string
}

const (
	// maxBytes keeps an attack, encoded as JSON, within the body limit of 64 KiB.
	maxBytes = 60 << 10
	// maxTokens keeps an attack within the token limit of the parser, where it
	// must pass the parser.
	maxTokens = 1490
)

// All returns all attacks on a server of a schema in a fixed order.
func All(schema *ast.Schema) []Attack { return append(Documents(schema), variables()...) }

// Documents returns the attacks in the document: all except those on the coercion
// of variables. Those on connections are derived from the schema.
func Documents(schema *ast.Schema) []Attack {
	return slices.Concat(fragments(), fields(), values(), texts(), introspections(), Pages(schema), lists(schema))
}

// Body returns the JSON body of a POST request.
func (a Attack) Body() string {
	query, err := json.Marshal(a.Query)
	if err != nil {
		panic(err) // impossible for a string
	}
	return fmt.Sprintf(`{"query":%s,"variables":%s}`, query, cmp.Or(a.Variables, "{}"))
}

// times repeats a piece n times; %d in the piece is replaced with its index.
func times(n int, piece string) string {
	if !strings.Contains(piece, "%") {
		return strings.Repeat(piece, n)
	}
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(piece, "%d", fmt.Sprint(i)))
	}
	return b.String()
}

// nested returns n times open, middle, and n times closing.
func nested(n int, open, middle, closing string) string {
	return strings.Repeat(open, n) + middle + strings.Repeat(closing, n)
}

// fill repeats a piece up to the largest body.
func fill(piece string) string { return strings.Repeat(piece, maxBytes/len(piece)) }
