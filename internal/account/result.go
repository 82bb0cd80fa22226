package account

import (
	"errors"

	"github.com/stay-sidekick/profile-server/internal/problem"
)

// SignInResult is how a sign-in ended. It does not tell whether the account
// exists.
type SignInResult string

const (
	SignInSucceeded SignInResult = "succeeded"
	// SignInRefused is about the e-mail address, the password or the account.
	SignInRefused SignInResult = "refused"
	// SignInRateLimited means that the password was not tried.
	SignInRateLimited SignInResult = "rate_limited"
	// SignInError means that the server could not tell.
	SignInError SignInResult = "error"
)

// SignInResults lists every result.
func SignInResults() []SignInResult {
	return []SignInResult{SignInSucceeded, SignInRefused, SignInRateLimited, SignInError}
}

// resultOf reads what signIn returned.
func resultOf(err error) SignInResult {
	switch {
	case err == nil:
		return SignInSucceeded
	case errors.Is(err, errCredentials):
		return SignInRefused
	case problem.CodeOf(err) == problem.RateLimited:
		return SignInRateLimited
	}
	return SignInError
}
