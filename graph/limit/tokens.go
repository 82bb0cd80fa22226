package limit

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// tokens is what a document consists of before it is parsed.
type tokens struct {
	count       int // comments included
	longestName int // in bytes
	directives  int
	nesting     int  // deepest list or object in a literal, list in a type
	deferred    bool // @defer or @stream
	literal     bool // a string, a number or a comment, which may hold a secret
}

// scan reads a document token by token and stops above limit. At the first
// character that is no token it ends: the parser fails there as well.
func scan(source *ast.Source, limit int) (t tokens) {
	lex := lexer.New(source)
	parens, open := 0, 0
	afterAt := false
	for t.count <= limit {
		token, err := lex.ReadToken()
		if err != nil || token.Kind == lexer.EOF {
			break
		}
		t.count++
		switch token.Kind {
		case lexer.Name:
			t.longestName = max(t.longestName, len(token.Value))
			t.deferred = t.deferred || afterAt && (token.Value == "defer" || token.Value == "stream")
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
				open++
				t.nesting = max(t.nesting, open)
			}
		case lexer.BracketR, lexer.BraceR:
			if parens > 0 {
				open--
			}
		}
		afterAt = token.Kind == lexer.At || afterAt && token.Kind == lexer.Comment
	}
	return t
}

// checkTokens comes before parsing. Messages and comparisons of validation
// repeat names, so these must not be long.
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
	case t.deferred:
		return errDefer
	}
	return nil
}
