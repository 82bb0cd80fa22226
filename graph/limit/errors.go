package limit

import (
	"errors"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

var (
	errNoOperation   = apperr.New(apperr.ValidationFailed, apperr.NoOperation)
	errIntrospection = apperr.New(apperr.ValidationFailed, apperr.NoIntrospection)
	errCycle         = apperr.New(apperr.ValidationFailed, apperr.FragmentCycle)
	errOperation     = apperr.New(apperr.ValidationFailed, apperr.UnknownOperation)
	errNull          = apperr.New(apperr.BadUserInput, apperr.NullNotAllowed)
	// errUnchecked is an internal error: gqlgen's executor was called directly.
	errUnchecked = errors.New("limit: a document that was not checked")
	errParse     = apperr.New(apperr.ParseFailed, apperr.NotGraphQL)
	errEmpty     = apperr.New(apperr.ParseFailed, apperr.NoOperation)
)

func exceeded(message apperr.Message, args ...any) error {
	return apperr.New(apperr.ComplexityLimitExceeded, message, args...)
}

// asGraphQL returns err with its code as an error of a response.
func asGraphQL(err error, at ...gqlerror.Location) *gqlerror.Error {
	return &gqlerror.Error{
		Err:        err,
		Message:    err.Error(),
		Locations:  at,
		Extensions: map[string]any{"code": string(apperr.CodeOf(err))},
	}
}

func listOf(err error) gqlerror.List { return gqlerror.List{asGraphQL(err)} }

// parseError returns errParse with the location of the parser's error.
func parseError(err error) *gqlerror.Error {
	return asGraphQL(errParse, gqlerror.WrapIfUnwrapped(err).Locations...)
}

func locationOf(p *ast.Position) gqlerror.Location {
	return gqlerror.Location{Line: p.Line, Column: p.Column}
}
