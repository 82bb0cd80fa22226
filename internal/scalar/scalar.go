// Package scalar has one type for each custom scalar of the schema. A type
// carries the rules of its values, so that both edges refuse the same input:
// gqlgen calls UnmarshalGQL for GraphQL, the REST shim calls Check for each
// field of a body.
//
// All of them fail with a *apperr.Error of the code BAD_USER_INPUT, which says
// what the value must be and never quotes it. None
// turns a number or a boolean into text, or text into a number. Lengths count
// Unicode code points, as the database's varchar(n) and Python's len() do.
package scalar

import (
	"fmt"

	"github.com/99designs/gqlgen/graphql"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// checks holds the custom scalars of the schema by their names there.
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
}

func check[T any, P interface {
	*T
	graphql.Unmarshaler
}](v any) error {
	var value T
	return P(&value).UnmarshalGQL(v)
}

// Check returns an error unless v is a value of the custom scalar with the given
// name in the schema. v is what encoding/json decodes with UseNumber, or a literal as
// gqlparser reads it. The error is a *apperr.Error, unless the schema has no such
// scalar, which is a fault of the program.
func Check(name string, v any) error {
	c, ok := checks[name]
	if !ok {
		return fmt.Errorf("scalar: the schema has no custom scalar %q", name)
	}
	return c(v)
}

// rejected is the error of a value that breaks a rule.
func rejected(rule apperr.Message, args ...any) error {
	return apperr.New(apperr.BadUserInput, rule, args...)
}
