// Package apperr is the error vocabulary of the server, with its messages in each
// language. GraphQL and REST each map the codes once.
package apperr

import (
	"errors"
	"time"
)

// Code classifies a failed request. The values are public: GraphQL clients
// read them in errors[].extensions.code.
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

// Error is a failure whose text may be shown to any caller: it never quotes
// input, SQL or a driver. Cause is for the log only.
type Error struct {
	Code    Code
	Message Message
	Args    []any // for the verbs of Message
	// RetryAfter is how long the caller should wait; only RateLimited sets it.
	RetryAfter time.Duration
	Cause      error
}

// New returns an Error without a cause.
func New(code Code, message Message, args ...any) *Error {
	return &Error{Code: code, Message: message, Args: args}
}

// Wrap returns an Error that keeps its cause for the log.
func Wrap(code Code, message Message, cause error) *Error {
	return &Error{Code: code, Message: message, Cause: cause}
}

// Error returns the English text.
func (e *Error) Error() string { return e.Text(English) }

// Text returns the text in a language.
func (e *Error) Text(l Language) string { return e.Message.In(l, e.Args...) }

func (e *Error) Unwrap() error { return e.Cause }

// CodeOf returns the code of the first Error in err's chain, Internal for any
// other error.
func CodeOf(err error) Code {
	if p, ok := errors.AsType[*Error](err); ok {
		return p.Code
	}
	return Internal
}
