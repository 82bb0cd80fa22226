package account

import (
	"context"
	"errors"
	"time"

	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/internal/problem"
	"github.com/stay-sidekick/profile-server/internal/weakpassword"
)

var (
	errWrongPassword = problem.NewUserError(problem.WrongPassword, "The current password is wrong.", "input", "currentPassword")
	errSamePassword  = problem.NewUserError(problem.SamePassword, "The new password is the current one. Choose another.", "input", "newPassword")
	errWeak          = problem.NewUserError(problem.WeakPassword, "The new password is easy to guess: it is common, or made of your e-mail address or company name. Choose another.", "input", "newPassword")
	errMismatch      = problem.NewUserError(problem.PasswordMismatch, "The new password and its confirmation differ.", "input", "newPasswordConfirmation")
)

// PasswordChange is a user's wish for another password.
type PasswordChange struct {
	Current string
	New     string
	// Confirmation must equal New when it is given.
	Confirmation *string
}

// ChangePassword changes the password of the user who makes the request and
// returns a fresh session. Every older token of the user ends, except the one
// that makes the request. It refuses with PasswordMismatch, WeakPassword,
// WrongPassword or SamePassword. Who gives a wrong current password too often is
// told to wait: a problem.Error with the code RateLimited, or with Overloaded
// when too many passwords are being checked. A current password that was wrong
// or not tried is in the audit log.
func (s *Service) ChangePassword(ctx context.Context, user *auth.Principal, change PasswordChange) (*Session, error) {
	session, err := s.changePassword(ctx, user, change)
	if errors.Is(err, errWrongPassword) || isUntried(err) {
		err = s.refuseChange(ctx, user, err)
	}
	s.delayRefusal(ctx, err)
	return session, err
}

func (s *Service) changePassword(ctx context.Context, user *auth.Principal, change PasswordChange) (*Session, error) {
	if change.Confirmation != nil && *change.Confirmation != change.New {
		return nil, errMismatch
	}
	if weakpassword.Is(change.New, user.Email, user.CompanyName) {
		return nil, errWeak
	}
	oldHash, err := s.verifyCurrent(ctx, user, change.Current)
	if err != nil {
		return nil, err
	}
	if cut(change.Current) == cut(change.New) {
		return nil, errSamePassword
	}
	newHash, err := s.hasher.Hash(ctx, change.New)
	if err != nil {
		return nil, err
	}
	changed := *user
	changed.PasswordChangedAt = new(s.stamp())
	session, err := s.issue(&changed) // before it is stored: a reset after that ends it
	if err != nil {
		return nil, err
	}
	if err := s.storePassword(ctx, &changed, oldHash, newHash); err != nil {
		return nil, err
	}
	return session, nil
}

// verifyCurrent returns the stored hash that the password matches.
func (s *Service) verifyCurrent(ctx context.Context, user *auth.Principal, password string) (hash string, err error) {
	attempt, err := s.throttle.ChangePassword(ctx, user.UserID)
	if err != nil {
		return "", err
	}
	hash, err = s.db.Queries().UserPasswordHash(ctx, user.UserID)
	if errors.Is(err, db.ErrNotFound) {
		return "", problem.Wrap(problem.Unauthenticated, "The account no longer exists.", err)
	}
	if err != nil {
		return "", errors.Join(err, attempt.Untried(ctx))
	}
	matches, err := s.matches(ctx, attempt, hash, password)
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

// stamp is the moment of a change, as finely as the database keeps it.
func (s *Service) stamp() time.Time {
	return s.now().UTC().Truncate(time.Microsecond)
}

// storePassword stores the new hash and keeps the token that made the change.
// When the password was changed by someone else since it was checked, it is no
// longer the current one.
func (s *Service) storePassword(ctx context.Context, user *auth.Principal, oldHash, newHash string) error {
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		rows, err := q.UserPasswordUpdate(ctx, sqlc.UserPasswordUpdateParams{
			ID:        user.UserID,
			OldHash:   oldHash,
			NewHash:   newHash,
			ChangedAt: *user.PasswordChangedAt,
		})
		if err != nil {
			return err
		}
		if rows == 0 {
			return errWrongPassword
		}
		err = q.KeptTokenUpsert(ctx, sqlc.KeptTokenUpsertParams{
			UserID:            user.UserID,
			TokenSha256:       user.TokenDigest[:],
			PasswordChangedAt: *user.PasswordChangedAt,
		})
		if err != nil {
			return err
		}
		return audit.Record(ctx, q, audit.Entry{Kind: audit.PasswordChanged, CompanyID: user.CompanyID})
	})
}

// cut gives the part of a password that counts: an old one may have been longer
// than what its hash was made of.
func cut(password string) string {
	return password[:min(len(password), auth.MaxPasswordBytes)]
}
