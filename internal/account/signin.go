package account

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/stay-sidekick/profile-server/internal/account/throttle"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
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

// resultOf returns the result for an error of SignIn.
func resultOf(err error) SignInResult {
	switch code := apperr.CodeOf(err); {
	case err == nil:
		return SignInSucceeded
	case errors.Is(err, errCredentials):
		return SignInRefused
	case code == apperr.RateLimited:
		return SignInRateLimited
	case code == apperr.Overloaded:
		return SignInOverloaded
	}
	return SignInError
}

// errCredentials does not reveal which part is wrong.
var errCredentials = apperr.NewUserError(apperr.InvalidCredentials)

// SignIn checks an e-mail address, which must be trimmed, and a password. The account
// with the address in lower case is used or, without one, that with the address as
// given. The address of the client may be invalid. The principal of the request is
// ignored.
//
// An unknown e-mail address, a wrong password and an inactive account or company
// all fail with an apperr.UserError with the code InvalidCredentials, after the
// same time. An apperr.Error with the code RateLimited (see package throttle) or
// Overloaded means that the password was not checked. Every refusal is recorded in
// the audit log.
func (s *Service) SignIn(ctx context.Context, email, password string, address netip.Addr) (session *Session, err error) {
	ctx = auth.WithoutCaller(ctx)
	user, err := s.userByEmail(ctx, email)
	if err == nil {
		session, err = s.signIn(ctx, user, email, password, address)
	}
	if errors.Is(err, errCredentials) || isUnchecked(err) {
		err = s.refuse(ctx, signInEntry(audit.SignInRefused, user), err)
	}
	s.config.CountSignIn(resultOf(err))
	s.delayRefusal(ctx, err)
	return session, err
}

func (s *Service) signIn(ctx context.Context, user sqlc.UserByEmailRow, email, password string, address netip.Addr) (*Session, error) {
	normalized := strings.ToLower(email) // all forms of an address share their limits
	attempt, err := s.config.Throttle.SignIn(ctx, throttle.Account{
		Email: normalized, ID: user.ID, PasswordChangedAt: user.PasswordChangedAt, ResetAt: user.TokensEndBefore,
	}, address)
	if err != nil {
		return nil, err
	}
	requester := auth.Requester{Address: auth.Network(address), Account: normalized, Reserved: attempt.Known}
	// The empty hash of an unknown user takes the same time and matches nothing.
	var session *Session
	err = s.compare(ctx, requester, user.PasswordHash, password, errCredentials)
	if err == nil && !user.Active {
		err = errCredentials
	}
	if err == nil {
		afterMatch := context.WithoutCancel(ctx) // see refuse
		session, err = s.withStoredHash(ctx, requester, user.ID, user.PasswordHash, password, errCredentials, func(hash string) (*Session, error) {
			user.PasswordHash = hash
			return s.startSession(afterMatch, attempt, user, address)
		})
	}
	if err != nil && !errors.Is(err, errCredentials) { // the password was not checked, or matched
		err = errors.Join(err, attempt.Refund(ctx))
	}
	if err != nil {
		return nil, err
	}
	s.rehash(ctx, requester, user, password)
	return session, nil
}

// startSession issues the token of a sign-in whose password matched. It fails with
// errCredentials when the password was changed or the account deactivated during
// hashing. It sets the time of issue while it holds a lock of the user's row, so
// that a concurrent password change revokes the token.
func (s *Service) startSession(ctx context.Context, attempt *throttle.Attempt, user sqlc.UserByEmailRow, address netip.Addr) (session *Session, err error) {
	s.awaitEarliestIssue(user.PasswordChangedAt, user.TokensEndBefore)
	err = s.config.DB.InTx(ctx, func(q *sqlc.Queries) error {
		current, err := q.UserForSignIn(ctx, sqlc.UserForSignInParams{ID: user.ID, PasswordHash: user.PasswordHash})
		if errors.Is(err, db.ErrNotFound) {
			return errCredentials
		}
		if err != nil {
			return err
		}
		issuedAt, err := s.issueTime(current)
		if err != nil {
			return err
		}
		session, err = s.issue(&auth.Principal{
			UserID:            user.ID,
			CompanyID:         user.CompanyID,
			CompanyName:       user.CompanyName,
			Email:             user.Email,
			Role:              auth.Role(user.Role),
			Superadmin:        user.Superadmin,
			PasswordChangedAt: current.PasswordChangedAt,
		}, issuedAt)
		if err != nil {
			return err
		}
		if err := attempt.Succeeded(ctx, q); err != nil {
			return err
		}
		if err := throttle.RememberAddress(ctx, q, user.ID, address, s.config.Now()); err != nil {
			return err
		}
		return audit.Record(ctx, q, signInEntry(audit.SignedIn, user))
	})
	if err != nil {
		return nil, err
	}
	return session, nil
}

// awaitEarliestIssue waits until an issued token is not revoked, if that is within a
// second. A longer wait means that another clock is ahead; see issueTime.
func (s *Service) awaitEarliestIssue(passwordChangedAt, resetAt *time.Time) {
	if wait := auth.EarliestIssue(passwordChangedAt, resetAt).Sub(s.config.Now()); wait <= time.Second {
		time.Sleep(wait)
	}
}

// issueTime returns the time of issue of a new token: now or, when another clock is
// ahead, the earliest time at which the token is not revoked. It fails when that is
// more than auth.IssuedAtLeeway ahead, because Verify would reject the token.
func (s *Service) issueTime(user sqlc.UserForSignInRow) (time.Time, error) {
	now := s.config.Now()
	earliest := auth.EarliestIssue(user.PasswordChangedAt, user.TokensEndBefore)
	if ahead := earliest.Sub(now); ahead > auth.IssuedAtLeeway {
		return time.Time{}, fmt.Errorf("account: the password was changed or reset %s in the future by this clock: synchronize the clocks of all hosts, then reset the password", ahead)
	}
	return latest(now, earliest), nil
}

// signInEntry returns an entry with the account as actor.
func signInEntry(kind audit.Kind, user sqlc.UserByEmailRow) audit.Entry {
	return audit.Entry{Kind: kind, CompanyID: user.CompanyID, ActorID: user.ID, ActorEmail: user.Email}
}

// compare fails with refusal when the hash does not match the password, and with the error
// of Matches. It holds no database connection.
func (s *Service) compare(ctx context.Context, r auth.Requester, hash, password string, refusal error) error {
	matches, err := s.config.Hasher.Matches(ctx, r, hash, password)
	if err == nil && !matches {
		err = refusal
	}
	return err
}
