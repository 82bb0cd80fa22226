package account

import (
	"errors"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// SignInResult is how a sign-in ended. It does not tell whether the account
// exists.
type SignInResult string

const (
	SignInSucceeded SignInResult = "succeeded"
	// SignInRefused is about the e-mail address, the password or the account.
	SignInRefused SignInResult = "refused"
	// SignInRateLimited and SignInOverloaded mean that the password was not tried,
	// because its owner has to wait or too many others were being checked.
	SignInRateLimited SignInResult = "rate_limited"
	SignInOverloaded  SignInResult = "overloaded"
	// SignInError means that the server could not tell.
	SignInError SignInResult = "error"
)

// SignInResults lists every result.
func SignInResults() []SignInResult {
	return []SignInResult{SignInSucceeded, SignInRefused, SignInRateLimited, SignInOverloaded, SignInError}
}

// resultOf reads what signIn returned.
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
