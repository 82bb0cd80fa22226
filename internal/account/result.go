package account

import (
	"errors"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// SignInResult is the result of a sign-in. It does not reveal whether the account
// exists.
type SignInResult string

const (
	SignInSucceeded SignInResult = "succeeded"
	// SignInRefused means a wrong e-mail address or password, or an inactive
	// account.
	SignInRefused SignInResult = "refused"
	// SignInRateLimited and SignInOverloaded mean that the password was not
	// checked, because of a rate limit or a full queue.
	SignInRateLimited SignInResult = "rate_limited"
	SignInOverloaded  SignInResult = "overloaded"
	// SignInError means an internal error.
	SignInError SignInResult = "error"
)

// SignInResults lists every result.
func SignInResults() []SignInResult {
	return []SignInResult{SignInSucceeded, SignInRefused, SignInRateLimited, SignInOverloaded, SignInError}
}

// resultOf returns the result for an error of signIn.
func resultOf(err error) SignInResult {
	switch {
	case err == nil:
		return SignInSucceeded
	case errors.Is(err, errCredentials):
		return SignInRefused
	}
	switch apperr.CodeOf(err) {
	case apperr.RateLimited:
		return SignInRateLimited
	case apperr.Overloaded:
		return SignInOverloaded
	}
	return SignInError
}
