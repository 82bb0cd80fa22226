package guard

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"
)

// tokens is what a document consists of before it is parsed.
type tokens struct {
	count       int // comments included
	longestName int // in bytes
}

// countTokens reads a document token by token and stops above limit. A place
// that is no token ends the count: the parser stops there as well and says so.
func countTokens(source *ast.Source, limit int) tokens {
	lex := lexer.New(source)
	var t tokens
	for t.count <= limit {
		token, err := lex.ReadToken()
		if err != nil || token.Kind == lexer.EOF {
			break
		}
		if token.Kind == lexer.Name {
			t.longestName = max(t.longestName, len(token.Value))
		}
		t.count++
	}
	return t
}

// checkTokens refuses a document before anything is built from it. Messages
// and comparisons of validation repeat names, so these must not be long.
func (g *Guard) checkTokens(t tokens) error {
	if t.count > g.limits.Tokens {
		return exceeded("The document is longer than %d tokens.", g.limits.Tokens)
	}
	if t.longestName > g.limits.NameBytes {
		return exceeded("A name is longer than %d characters.", g.limits.NameBytes)
	}
	return nil
}
