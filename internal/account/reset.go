package account

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/stay-sidekick/profile-server/internal/account/throttle"
	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// minResetTime is the minimum time from the start of a reset's transaction to the
// time from which issued tokens are valid.
const minResetTime = time.Second

// ResetPassword sets a temporary password and revokes every token of the account. It
// finds the address like SignIn or, when there is no such account, in any case, and
// returns it as it is stored.
// It takes one to two seconds: times of issue are whole seconds, so it also revokes
// the tokens of the next one or two seconds and returns when new tokens are valid.
// Once the password is stored, it does so even if ctx ends. It fails with
// ErrNoSuchUser, with ErrAmbiguousEmail, or with ErrSlowReset when the transaction takes
// longer.
func (s *Service) ResetPassword(ctx context.Context, email string) (stored, password string, err error) {
	id, stored, err := s.findUser(ctx, email)
	if err != nil {
		return "", "", err
	}
	password, hash, err := s.temporaryPassword(ctx)
	if err != nil {
		return "", "", err
	}
	var validFrom time.Time // tokens issued by this clock are valid from then on
	err = s.config.DB.InTx(ctx, func(q *sqlc.Queries) error {
		user, err := q.UserForPasswordReset(ctx, id)
		if err != nil {
			return err
		}
		validFrom = s.config.Now().UTC().Add(minResetTime).Truncate(time.Second).Add(time.Second)
		cutoff := latest(validFrom, s.changeTime(user.PasswordChangedAt, user.TokensEndBefore).Add(time.Second))
		err = q.UserPasswordReset(ctx, sqlc.UserPasswordResetParams{ID: id, PasswordHash: hash, IssuedBefore: cutoff})
		if err != nil {
			return err
		}
		if err := throttle.Reset(ctx, q, strings.ToLower(stored), id); err != nil {
			return err
		}
		return audit.Record(ctx, q, audit.Entry{Kind: audit.PasswordReset, CompanyID: user.CompanyID, Changes: []audit.Change{
			{Field: "email", New: &stored},
		}})
	})
	switch wait := validFrom.Sub(s.config.Now()); {
	case errors.Is(err, db.ErrNotFound):
		return "", "", ErrNoSuchUser
	case err != nil:
		return "", "", err
	case wait <= 0: // a concurrent sign-in may have issued a valid token for the old password
		return "", "", ErrSlowReset
	default:
		time.Sleep(wait)
		return stored, password, nil
	}
}
