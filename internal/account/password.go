package account

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/stay-sidekick/profile-server/internal/account/throttle"
	"github.com/stay-sidekick/profile-server/internal/account/weakpassword"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

var (
	errWrongPassword = apperr.NewUserError(apperr.WrongPassword, "input", "currentPassword")
	errSamePassword  = apperr.NewUserError(apperr.SamePassword, "input", "newPassword")
	errWeak          = apperr.NewUserError(apperr.WeakPassword, "input", "newPassword")
	errMismatch      = apperr.NewUserError(apperr.PasswordMismatch, "input", "newPasswordConfirmation")
)

// PasswordChange is what a user sends to change the password.
type PasswordChange struct {
	Current string
	New     string
	// Confirmation must equal New when it is given.
	Confirmation *string
}

// ChangePassword changes the password of the user who makes the request from a
// client's address, which may be invalid, and returns a fresh session. It
// revokes every other token of the user, except the one that makes the request,
// and forgets the user's other known addresses. It refuses with
// PasswordMismatch, WrongPassword, SamePassword or WeakPassword. Beyond the rate
// limit the error is a apperr.Error with the code RateLimited, or with
// Overloaded when too many passwords are being checked. A current password that
// was wrong or not tried is in the audit log.
func (s *Service) ChangePassword(ctx context.Context, user *auth.Principal, change PasswordChange, address netip.Addr) (*Session, error) {
	session, err := s.changePassword(ctx, user, change, address)
	if errors.Is(err, errWrongPassword) || isUntried(err) {
		err = s.refuseChange(ctx, user, err)
	}
	s.delayRefusal(ctx, err)
	return session, err
}

func (s *Service) changePassword(ctx context.Context, user *auth.Principal, change PasswordChange, address netip.Addr) (*Session, error) {
	if change.Confirmation != nil && *change.Confirmation != change.New {
		return nil, errMismatch
	}
	requester := auth.Requester{Address: auth.Network(address), Account: user.Email, Reserved: true}
	oldHash, err := s.verifyCurrent(ctx, user, change.Current, requester, address)
	if err != nil {
		return nil, err
	}
	if cut(change.Current) == cut(change.New) {
		return nil, errSamePassword
	}
	if weakpassword.Is(change.New, user.Email, user.CompanyName) {
		return nil, errWeak
	}
	newHash, err := s.hasher.Hash(ctx, requester, change.New)
	if err != nil {
		return nil, err
	}
	return s.storePassword(ctx, user, oldHash, newHash, address)
}

// verifyCurrent returns the stored hash that the password matches.
func (s *Service) verifyCurrent(ctx context.Context, user *auth.Principal, password string, r auth.Requester, address netip.Addr) (hash string, err error) {
	attempt, err := s.throttle.ChangePassword(ctx, user.UserID, user.TokenDigest, address)
	if err != nil {
		return "", err
	}
	hash, err = s.db.Queries().UserPasswordHash(ctx, user.UserID)
	if errors.Is(err, db.ErrNotFound) {
		return "", apperr.Wrap(apperr.Unauthenticated, apperr.AccountGone, err)
	}
	if err != nil {
		return "", errors.Join(err, attempt.Refund(ctx))
	}
	matches, err := s.matches(ctx, attempt, r, hash, password)
	if err != nil {
		return "", err
	}
	if !matches {
		return "", errWrongPassword
	}
	return hash, attempt.Succeeded(context.WithoutCancel(ctx), s.db.Queries())
}

// refuseChange writes a refusal to the audit log, as refuseSignIn does, and
// returns it.
func (s *Service) refuseChange(ctx context.Context, user *auth.Principal, refusal error) error {
	entry := audit.Entry{Kind: audit.PasswordChangeRefused, CompanyID: user.CompanyID, Changes: reasonOf(refusal)}
	if err := audit.Record(context.WithoutCancel(ctx), s.db.Queries(), entry); err != nil {
		return err
	}
	return refusal
}

// storePassword stores the new hash, keeps two tokens valid, and returns a fresh
// session. The change gets its moment under the lock of the user's row, for
// which sign-ins wait and which waits for them: no token of the old password
// was issued later than that. When the password is no longer the one that was
// checked, it is errWrongPassword.
func (s *Service) storePassword(ctx context.Context, user *auth.Principal, oldHash, newHash string, address netip.Addr) (session *Session, err error) {
	s.awaitFirstIssue(user.PasswordChangedAt, nil) // two changes in a second would put this clock ahead of itself
	err = s.db.InTx(ctx, func(q *sqlc.Queries) error {
		before, err := q.UserForPasswordChange(ctx, sqlc.UserForPasswordChangeParams{ID: user.UserID, PasswordHash: oldHash})
		if errors.Is(err, db.ErrNotFound) {
			return errWrongPassword
		}
		if err != nil {
			return err
		}
		changedAt := s.afterIssued(before.PasswordChangedAt, before.TokensEndBefore)
		changed := *user
		changed.PasswordChangedAt = &changedAt
		if session, err = s.issue(&changed, changedAt); err != nil {
			return err
		}
		err = q.UserPasswordUpdate(ctx, sqlc.UserPasswordUpdateParams{ID: user.UserID, PasswordHash: newHash, ChangedAt: changedAt})
		if err != nil {
			return err
		}
		fresh := auth.TokenDigest(session.Token)
		err = q.KeptTokensUpsert(ctx, sqlc.KeptTokensUpsertParams{
			UserID: user.UserID, TokenSha256: user.TokenDigest[:], FreshSha256: fresh[:], PasswordChangedAt: changedAt,
		})
		if err != nil {
			return err
		}
		if err := throttle.ForgetOthers(ctx, q, user.UserID, address, changedAt); err != nil {
			return err
		}
		return audit.Record(ctx, q, audit.Entry{Kind: audit.PasswordChanged, CompanyID: user.CompanyID})
	})
	if err != nil {
		return nil, err
	}
	return session, nil
}

// afterIssued is now or, where another clock is ahead, the moment for which a
// sign-in may have dated the user's last token (issueTime). No token is dated
// further ahead than IssuedAtLeeway. It is as fine as the database keeps it.
func (s *Service) afterIssued(passwordChangedAt, resetAt *time.Time) time.Time {
	now := s.now().UTC().Truncate(time.Microsecond)
	first := auth.FirstIssue(passwordChangedAt, resetAt).UTC()
	if first.Sub(now) > auth.IssuedAtLeeway {
		return now
	}
	return latest(now, first)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// cut gives the part of a password that counts: an old one may have been longer
// than what its hash was made of.
func cut(password string) string {
	return password[:min(len(password), auth.MaxPasswordBytes)]
}
