package limit

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// tokens describes the lexical tokens of a document.
type tokens struct {
	count       int // including comments
	longestName int // in bytes
	directives  int
	nesting     int  // maximum depth of a literal or of a list type
	literal     bool // a string, a number or a comment, which may contain a secret
}

// scan reads the tokens of a document. It stops after limit+1 tokens, and at a
// character that is not a token, where the parser will fail.
func scan(source *ast.Source, limit int) (t tokens) {
	lex := lexer.New(source)
	parens, depth := 0, 0
	for t.count <= limit {
		token, err := lex.ReadToken()
		if err != nil || token.Kind == lexer.EOF {
			break
		}
		t.count++
		switch token.Kind {
		case lexer.Name:
			t.longestName = max(t.longestName, len(token.Value))
		case lexer.At:
			t.directives++
		case lexer.String, lexer.BlockString, lexer.Int, lexer.Float, lexer.Comment:
			t.literal = true
		case lexer.ParenL:
			parens++
		case lexer.ParenR:
			parens--
		case lexer.BracketL, lexer.BraceL: // outside of parentheses, braces are selection sets
			if parens > 0 {
				depth++
				t.nesting = max(t.nesting, depth)
			}
		case lexer.BracketR, lexer.BraceR:
			if parens > 0 {
				depth--
			}
		}
	}
	return t
}

// checkTokens checks the tokens before parsing. The length of names is limited because
// validation compares and formats names repeatedly.
func (l Limits) checkTokens(t tokens) error {
	switch {
	case t.count > l.Tokens:
		return exceeded(apperr.TooManyTokens, l.Tokens)
	case t.longestName > l.NameBytes:
		return exceeded(apperr.NameTooLong, l.NameBytes)
	case t.directives > l.Directives:
		return exceeded(apperr.TooManyDirectives, l.Directives)
	case t.nesting > l.Nesting:
		return exceeded(apperr.ValueTooDeep, l.Nesting)
	}
	return nil
}
