package account

import (
	"context"
	"errors"
	"net/netip"
	"strings"
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
	errWeakPassword  = apperr.NewUserError(apperr.WeakPassword, "input", "newPassword")
	errMismatch      = apperr.NewUserError(apperr.PasswordMismatch, "input", "newPasswordConfirmation")
)

// PasswordChange is the input of a password change.
type PasswordChange struct {
	Current string
	New     string
	// Confirmation must equal New, unless it is nil.
	Confirmation *string
}

// ChangePassword changes the password of the user and returns a fresh session. It
// revokes every other token of the user except that of the request, and deletes the
// user's known addresses except the given one, which may be invalid.
//
// It fails with an apperr.UserError with the code PasswordMismatch, WrongPassword,
// SamePassword or WeakPassword, or with an apperr.Error with the code RateLimited
// when a rate limit is reached, or Overloaded when the queue for hashing is full. A
// wrong or unchecked current password is recorded in the audit log.
func (s *Service) ChangePassword(ctx context.Context, user *auth.Principal, change PasswordChange, address netip.Addr) (*Session, error) {
	session, err := s.changePassword(ctx, user, change, address)
	if errors.Is(err, errWrongPassword) || isUnchecked(err) {
		err = s.refuse(ctx, audit.Entry{Kind: audit.PasswordChangeRefused, CompanyID: user.CompanyID}, err)
	}
	s.delayRefusal(ctx, err)
	return session, err
}

func (s *Service) changePassword(ctx context.Context, user *auth.Principal, change PasswordChange, address netip.Addr) (*Session, error) {
	if change.Confirmation != nil && *change.Confirmation != change.New {
		return nil, errMismatch
	}
	requester := auth.Requester{Address: auth.Network(address), Account: strings.ToLower(user.Email), Reserved: true}
	oldHash, err := s.verifyCurrent(ctx, user, change.Current, requester, address)
	if err != nil {
		return nil, err
	}
	if truncate(change.Current) == truncate(change.New) {
		return nil, errSamePassword
	}
	if weakpassword.Is(change.New, user.Email, user.CompanyName) {
		return nil, errWeakPassword
	}
	newHash, err := s.config.Hasher.Hash(ctx, requester, change.New)
	if err != nil {
		return nil, err
	}
	return s.withStoredHash(ctx, requester, user.UserID, oldHash, change.Current, errWrongPassword, func(hash string) (*Session, error) {
		return s.storePassword(ctx, user, hash, newHash, address)
	})
}

// verifyCurrent checks the current password and returns the stored hash.
func (s *Service) verifyCurrent(ctx context.Context, user *auth.Principal, password string, r auth.Requester, address netip.Addr) (hash string, err error) {
	attempt, err := s.config.Throttle.ChangePassword(ctx, user.UserID, user.TokenDigest, address)
	if err != nil {
		return "", err
	}
	hash, err = s.config.DB.Queries().UserPasswordHash(ctx, user.UserID)
	if errors.Is(err, db.ErrNotFound) {
		return "", apperr.Wrap(apperr.Unauthenticated, apperr.AccountGone, err)
	}
	if err == nil {
		err = s.compare(ctx, r, hash, password, errWrongPassword)
	}
	if err != nil && !errors.Is(err, errWrongPassword) {
		err = errors.Join(err, attempt.Refund(ctx))
	}
	if err != nil {
		return "", err
	}
	return hash, attempt.Succeeded(context.WithoutCancel(ctx), s.config.DB.Queries())
}

// storePassword stores the new hash, keeps two tokens valid, and returns a fresh
// session. It sets the time of the change while it holds the lock of the user's
// row, which excludes concurrent sign-ins, so no token of the old password has a
// later time of issue. When the stored hash is no longer oldHash, it fails with
// errWrongPassword.
func (s *Service) storePassword(ctx context.Context, user *auth.Principal, oldHash, newHash string, address netip.Addr) (session *Session, err error) {
	s.awaitEarliestIssue(user.PasswordChangedAt, nil) // else the second of two rapid changes is dated in the future
	err = s.config.DB.InTx(ctx, func(q *sqlc.Queries) error {
		before, err := q.UserForPasswordChange(ctx, sqlc.UserForPasswordChangeParams{ID: user.UserID, PasswordHash: oldHash})
		if errors.Is(err, db.ErrNotFound) {
			return errWrongPassword
		}
		if err != nil {
			return err
		}
		changedAt := s.changeTime(before.PasswordChangedAt, before.TokensEndBefore)
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
		if err := throttle.ForgetOtherAddresses(ctx, q, user.UserID, address, changedAt); err != nil {
			return err
		}
		return audit.Record(ctx, q, audit.Entry{Kind: audit.PasswordChanged, CompanyID: user.CompanyID})
	})
	if err != nil {
		return nil, err
	}
	return session, nil
}

// changeTime returns the time of a password change, in microseconds. It is now or,
// when another clock is ahead, the time of issue that a sign-in may have given to
// the user's last token (issueTime). That is at most IssuedAtLeeway ahead.
func (s *Service) changeTime(passwordChangedAt, resetAt *time.Time) time.Time {
	now := s.config.Now().UTC().Truncate(time.Microsecond)
	earliest := auth.EarliestIssue(passwordChangedAt, resetAt).UTC()
	if earliest.Sub(now) > auth.IssuedAtLeeway {
		return now
	}
	return latest(now, earliest)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// truncate returns the part of a password that bcrypt hashes. A current password
// may be longer.
func truncate(password string) string {
	return password[:min(len(password), auth.MaxPasswordBytes)]
}
