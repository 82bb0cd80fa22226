// Package scalar has a Go type for each custom scalar of the schema. The type
// checks its values, so that both APIs reject the same input: gqlgen calls
// UnmarshalGQL, package rest calls Check for each field of a request body.
//
// UnmarshalGQL and Check return an *apperr.Error with the code BAD_USER_INPUT,
// which says what the value must be and never quotes it. No type converts a number
// or a boolean to text, or text to a number. Lengths are in Unicode code points, as
// in PostgreSQL's varchar(n) and Python's len().
package scalar

import (
	"fmt"

	"github.com/99designs/gqlgen/graphql"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// checks are the checks of the custom scalars, by name in the schema.
var checks = map[string]func(any) error{
	"DateTime":      check[DateTime],
	"LocalTime":     check[LocalTime],
	"ColumnIndex":   check[ColumnIndex],
	"ColumnLetters": check[ColumnLetters],
	"EmailAddress":  check[EmailAddress],
	"Password":      check[Password],
	"NewPassword":   check[NewPassword],
	"ApiKey":        check[ApiKey],
	"ModelName":     check[ModelName],
	"AccountId":     check[AccountId],
}

func check[T any, P interface {
	*T
	graphql.Unmarshaler
}](v any) error {
	var value T
	return P(&value).UnmarshalGQL(v)
}

// Check returns an error unless v is a value of the custom scalar with the given
// name. v is a value that encoding/json decoded with UseNumber, or a literal from
// gqlparser. The error is an *apperr.Error, except for an unknown scalar.
func Check(name string, v any) error {
	c, ok := checks[name]
	if !ok {
		return fmt.Errorf("scalar: the schema has no custom scalar %q", name)
	}
	return c(v)
}

func invalid(message apperr.Message, args ...any) error {
	return apperr.New(apperr.BadUserInput, message, args...)
}
