package account

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/stay-sidekick/profile-server/internal/account/throttle"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// errCredentials does not tell which part was wrong.
var errCredentials = apperr.NewUserError(apperr.InvalidCredentials)

// SignIn checks an e-mail address, trimmed and lower-cased, and a password. An
// unknown address, a wrong password and an inactive account or company are the
// same refusal, InvalidCredentials, after the same time. Beyond the rate limits of
// package throttle the error is a apperr.Error with the code RateLimited, and
// the password is not tried; nor is it when too many others are being checked,
// which is the code Overloaded. Every refusal is in the audit log. Who makes the
// request, by the token that it may have, plays no part. The address of the
// client may be invalid.
func (s *Service) SignIn(ctx context.Context, email, password string, address netip.Addr) (*Session, error) {
	ctx = auth.WithoutCaller(ctx)
	session, err := s.signIn(ctx, email, password, address)
	s.count(resultOf(err))
	s.delayRefusal(ctx, err)
	return session, err
}

func (s *Service) signIn(ctx context.Context, email, password string, address netip.Addr) (*Session, error) {
	user, err := s.whoSignsIn(ctx, email)
	if err != nil {
		return nil, err
	}
	attempt, err := s.throttle.SignIn(ctx, throttle.Account{
		Email: email, ID: user.ID, PasswordChangedAt: user.PasswordChangedAt, ResetAt: user.TokensEndBefore,
	}, address)
	if isUntried(err) {
		return nil, s.refuseSignIn(ctx, user, err)
	}
	if err != nil {
		return nil, err
	}
	requester := auth.Requester{Address: auth.Network(address), Account: email, Reserved: attempt.Known}
	// An unknown user has no hash, which takes as long and matches nothing.
	matches, err := s.matches(ctx, attempt, requester, user.PasswordHash, password)
	if err != nil {
		return nil, s.refuseSignIn(ctx, user, err)
	}
	if !matches || !user.Active {
		return nil, s.refuseSignIn(ctx, user, errCredentials)
	}
	session, err := s.admit(context.WithoutCancel(ctx), attempt, user, address) // as in refuseSignIn
	if errors.Is(err, errCredentials) {
		return nil, s.refuseSignIn(ctx, user, err)
	}
	if err != nil { // the password was right: a database in trouble must not count against its owner
		return nil, errors.Join(err, attempt.Refund(ctx))
	}
	return session, nil
}

// admit signs in a user whose password was right. Hashing takes its time, in
// which the password may have been replaced or the account closed: that is
// errCredentials. The token is dated under a lock of the user's row, so that a
// change of the password revokes it.
func (s *Service) admit(ctx context.Context, attempt *throttle.Attempt, user sqlc.UserByEmailRow, address netip.Addr) (session *Session, err error) {
	s.awaitFirstIssue(user.PasswordChangedAt, user.TokensEndBefore)
	err = s.db.InTx(ctx, func(q *sqlc.Queries) error {
		now, err := q.UserForSignIn(ctx, sqlc.UserForSignInParams{ID: user.ID, PasswordHash: user.PasswordHash})
		if errors.Is(err, db.ErrNotFound) {
			return errCredentials
		}
		if err != nil {
			return err
		}
		issuedAt, err := s.issueTime(now)
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
			PasswordChangedAt: now.PasswordChangedAt,
		}, issuedAt)
		if err != nil {
			return err
		}
		if err := attempt.Succeeded(ctx, q); err != nil {
			return err
		}
		if err := throttle.Remember(ctx, q, user.ID, address, s.now()); err != nil {
			return err
		}
		return audit.Record(ctx, q, signInEntry(audit.SignedIn, user))
	})
	if err != nil {
		return nil, err
	}
	return session, nil
}

// awaitFirstIssue waits until a token may be issued that is not revoked, if that is
// within a second. Further ahead is only what another clock stamped.
func (s *Service) awaitFirstIssue(passwordChangedAt, resetAt *time.Time) {
	if wait := auth.FirstIssue(passwordChangedAt, resetAt).Sub(s.now()); wait <= time.Second {
		time.Sleep(wait)
	}
}

// issueTime is now or, where another clock is ahead, the first moment whose token
// is valid. It fails when that is so far ahead that the token would be refused.
func (s *Service) issueTime(user sqlc.UserForSignInRow) (time.Time, error) {
	now := s.now()
	first := auth.FirstIssue(user.PasswordChangedAt, user.TokensEndBefore)
	if ahead := first.Sub(now); ahead > auth.IssuedAtLeeway {
		return time.Time{}, fmt.Errorf("account: the password was changed or reset %s ahead of this clock: set the clocks of all hosts, then reset the password", ahead)
	}
	return latest(now, first), nil
}

// whoSignsIn returns the account with an e-mail address, a zero one when there
// is none.
func (s *Service) whoSignsIn(ctx context.Context, email string) (sqlc.UserByEmailRow, error) {
	user, err := s.db.Queries().UserByEmail(ctx, email)
	if errors.Is(err, db.ErrNotFound) {
		return sqlc.UserByEmailRow{}, nil
	}
	return user, err
}

// refuseSignIn writes a refusal to the audit log and returns it. For an account
// that does not exist the entry names none, since what was typed may be
// anything, even a password. It is written all the same: a statement less would
// be time that tells who exists. From here on the attempt is known for what it
// was, so a client that hangs up does not keep it out of the log.
func (s *Service) refuseSignIn(ctx context.Context, user sqlc.UserByEmailRow, refusal error) error {
	entry := signInEntry(audit.SignInRefused, user)
	entry.Changes = reasonOf(refusal)
	if err := audit.Record(context.WithoutCancel(ctx), s.db.Queries(), entry); err != nil {
		return err
	}
	return refusal
}

// signInEntry is about the account, whoever sits before it.
func signInEntry(kind audit.Kind, user sqlc.UserByEmailRow) audit.Entry {
	return audit.Entry{Kind: kind, CompanyID: user.CompanyID, ActorID: user.ID, ActorEmail: user.Email}
}

// matches makes an attempt, or takes it back when the password could not be
// checked. No connection is held meanwhile.
func (s *Service) matches(ctx context.Context, attempt *throttle.Attempt, r auth.Requester, hash, password string) (bool, error) {
	matches, err := s.hasher.Matches(ctx, r, hash, password)
	if err != nil {
		return false, errors.Join(err, attempt.Refund(ctx))
	}
	return matches, nil
}
