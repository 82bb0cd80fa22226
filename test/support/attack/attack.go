// Package attack holds known ways to make a GraphQL server work hard for a
// small request, each as large as the server's own limits let it become. Tests
// and benchmarks of the server run all of them.
package attack

import (
	"fmt"
	"slices"
	"strings"
)

// Attack is a request that costs its sender little.
type Attack struct {
	// Name says what the attack does, in words.
	Name string
	// Query is the document.
	Query string
	// Variables is the JSON of the variables, empty for none.
	Variables string
}

const (
	// maxBytes keeps an attack, as JSON, within the 64 KiB of a body.
	maxBytes = 60 << 10
	// maxTokens keeps an attack within the token limit, where it is meant to
	// get past it.
	maxTokens = 1490
)

// All returns every attack, always the same ones in the same order.
func All() []Attack { return append(Documents(), variables()...) }

// Documents returns the attacks that are in the document: all but those on the
// coercion of variables.
func Documents() []Attack {
	return slices.Concat(fragments(), fields(), values(), texts(), introspections())
}

// Body is the attack as the JSON body of a POST.
func (a Attack) Body() string {
	if a.Variables == "" {
		return fmt.Sprintf(`{"query":%s}`, quote(a.Query))
	}
	return fmt.Sprintf(`{"query":%s,"variables":%s}`, quote(a.Query), a.Variables)
}

// times joins n pieces; %d in the piece is its number.
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

// nested is open n times, then middle, then close as often.
func nested(n int, open, middle, closing string) string {
	return strings.Repeat(open, n) + middle + strings.Repeat(closing, n)
}

// fill repeats a piece until the largest body is full.
func fill(piece string) string { return strings.Repeat(piece, maxBytes/len(piece)) }

// quote makes a JSON string. The attacks hold nothing that would need more.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s) + `"`
}
