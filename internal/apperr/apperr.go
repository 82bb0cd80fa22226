// Package apperr defines the errors of the server and their messages in each
// language. GraphQL and REST each map the codes in one place.
package apperr

import (
	"errors"
	"time"
)

// Code classifies a failed request. GraphQL clients read the values in
// errors[].extensions.code.
type Code string

const (
	Unauthenticated         Code = "UNAUTHENTICATED"
	Forbidden               Code = "FORBIDDEN"
	BadUserInput            Code = "BAD_USER_INPUT"
	ParseFailed             Code = "GRAPHQL_PARSE_FAILED"
	ValidationFailed        Code = "GRAPHQL_VALIDATION_FAILED"
	ComplexityLimitExceeded Code = "COMPLEXITY_LIMIT_EXCEEDED"
	RateLimited             Code = "RATE_LIMITED"
	Overloaded              Code = "OVERLOADED"
	Unavailable             Code = "UNAVAILABLE"
	Internal                Code = "INTERNAL_SERVER_ERROR"
)

// Codes lists every code.
func Codes() []Code {
	return []Code{
		Unauthenticated, Forbidden, BadUserInput, ParseFailed, ValidationFailed,
		ComplexityLimitExceeded, RateLimited, Overloaded, Unavailable, Internal,
	}
}

// Error is an error whose message any client may see: it never quotes input, SQL or
// a driver.
type Error struct {
	Code    Code
	Message Message
	Args    []any // of the format verbs in Message
	// RetryAfter is how long the client should wait; only RateLimited sets it.
	RetryAfter time.Duration
	// Cause is for the log only.
	Cause error
}

// New returns an Error without a cause.
func New(code Code, message Message, args ...any) *Error {
	return &Error{Code: code, Message: message, Args: args}
}

// Wrap returns an Error with a cause.
func Wrap(code Code, message Message, cause error) *Error {
	return &Error{Code: code, Message: message, Cause: cause}
}

// Error returns the English text.
func (e *Error) Error() string { return e.Text(English) }

// Text returns the text in a language.
func (e *Error) Text(l Language) string { return e.Message.In(l, e.Args...) }

func (e *Error) Unwrap() error { return e.Cause }

// CodeOf returns the code of the first Error in err's chain, Internal if there is
// none.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}
