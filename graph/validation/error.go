// Package validation says what is wrong with a GraphQL document or with its
// variables, in words that never quote either: people send passwords to the
// wrong place, and error messages end in logs.
//
// gqlparser finds the faults. Its own messages quote names, literals and
// suggestions, so none of them leaves this package: each fault is worded anew,
// from the rule that it breaks and, where introspection is on, from names of
// the schema.
package validation

import (
	"errors"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/internal/problem"
)

// Error is err as an error of a GraphQL answer, with its code. An err that is
// no *problem.Error becomes an internal error without details.
func Error(err error, at ...gqlerror.Location) *gqlerror.Error {
	p, ok := errors.AsType[*problem.Error](err)
	if !ok {
		p = problem.Wrap(problem.Internal, "An internal error occurred.", err)
	}
	return &gqlerror.Error{
		Err:        p,
		Message:    p.Message,
		Locations:  at,
		Extensions: map[string]any{"code": string(p.Code)},
	}
}

// ParseError words what the parser said. Only the place is kept.
func ParseError(err error) *gqlerror.Error {
	var at []gqlerror.Location
	if g, ok := errors.AsType[*gqlerror.Error](err); ok {
		at = g.Locations
	}
	return Error(problem.New(problem.ParseFailed, "The document is not valid GraphQL: it cannot be read beyond this place."), at...)
}
