package guard

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"
)

// countTokens counts the lexical tokens of a document, comments included, and
// stops above limit. A place that is no token ends the count: the parser stops
// there as well and says so.
func countTokens(source *ast.Source, limit int) int {
	lex := lexer.New(source)
	for n := 0; ; n++ {
		token, err := lex.ReadToken()
		if err != nil || token.Kind == lexer.EOF || n > limit {
			return n
		}
	}
}
