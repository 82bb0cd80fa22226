package account

import (
	"context"
	"errors"
	"time"

	"github.com/stay-sidekick/profile-server/internal/account/throttle"
	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// resetWithin is the least time that a reset has until the moment from which on
// tokens are valid again.
const resetWithin = time.Second

// ResetPassword gives an account a temporary password and revokes every token
// that was issued before. It takes one to two seconds: tokens are dated to the
// second, so those of the next one or two are revoked as well, and the password is
// returned only when tokens are valid again, also when ctx has ended, because it is
// stored by then. It fails with ErrNoSuchUser, or with ErrSlowReset when this was
// not enough time.
func (s *Service) ResetPassword(ctx context.Context, email string) (password string, err error) {
	password, hash, err := s.temporaryPassword(ctx)
	if err != nil {
		return "", err
	}
	var validFrom time.Time // from then on this clock issues valid tokens
	err = s.db.InTx(ctx, func(q *sqlc.Queries) error {
		user, err := q.UserForPasswordReset(ctx, email)
		if err != nil {
			return err
		}
		validFrom = s.now().UTC().Add(resetWithin).Truncate(time.Second).Add(time.Second)
		cutoff := latest(validFrom, s.afterIssued(user.PasswordChangedAt, user.TokensEndBefore).Add(time.Second))
		if err := q.UserPasswordReset(ctx, sqlc.UserPasswordResetParams{ID: user.ID, PasswordHash: hash}); err != nil {
			return err
		}
		if err := throttle.Reset(ctx, q, email, user.ID); err != nil {
			return err
		}
		if err := q.TokenCutoffUpsert(ctx, sqlc.TokenCutoffUpsertParams{UserID: user.ID, IssuedBefore: cutoff}); err != nil {
			return err
		}
		return audit.Record(ctx, q, audit.Entry{Kind: audit.PasswordReset, CompanyID: user.CompanyID, Changes: []audit.Change{
			{Field: "email", New: &email},
		}})
	})
	switch left := validFrom.Sub(s.now()); {
	case errors.Is(err, db.ErrNotFound):
		return "", ErrNoSuchUser
	case err != nil:
		return "", err
	case left <= 0: // a sign-in that did not see the reset may have a valid token
		return "", ErrSlowReset
	default:
		time.Sleep(left)
		return password, nil
	}
}
