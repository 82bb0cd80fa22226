package account

import (
	"context"
	"errors"
	"time"

	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/internal/throttle"
)

// resetWithin is the least time that a reset has until the moment from which on
// tokens count again.
const resetWithin = time.Second

// ResetPassword gives an account a temporary password and ends every token that
// was issued before. It takes one to two seconds: tokens are dated to the second,
// so those of the next one or two are ended as well, and the password is told
// only when tokens count again, also to who would no longer wait for it: it is
// stored by then. ErrSlowReset says that this was not enough time.
func (s *Service) ResetPassword(ctx context.Context, email string) (password string, err error) {
	password, hash, err := s.temporaryPassword(ctx)
	if err != nil {
		return "", err
	}
	countsFrom := s.now().UTC().Add(resetWithin).Truncate(time.Second).Add(time.Second)
	err = s.db.InTx(ctx, func(q *sqlc.Queries) error { return reset(ctx, q, email, hash, countsFrom) })
	switch left := countsFrom.Sub(s.now()); {
	case errors.Is(err, db.ErrNotFound):
		return "", ErrNoSuchUser
	case err != nil:
		return "", err
	case left <= 0: // a sign-in that did not see the reset may have a token that counts
		return "", ErrSlowReset
	default:
		time.Sleep(left)
		return password, nil
	}
}

func reset(ctx context.Context, q *sqlc.Queries, email, hash string, countsFrom time.Time) error {
	user, err := q.UserPasswordReset(ctx, sqlc.UserPasswordResetParams{Email: email, PasswordHash: hash})
	if err != nil {
		return err
	}
	if err := throttle.Reset(ctx, q, email, user.ID); err != nil {
		return err
	}
	err = q.TokenCutoffUpsert(ctx, sqlc.TokenCutoffUpsertParams{UserID: user.ID, IssuedBefore: countsFrom})
	if err != nil {
		return err
	}
	return audit.Record(ctx, q, audit.Entry{Kind: audit.PasswordReset, CompanyID: user.CompanyID, Changes: []audit.Change{
		{Field: "email", New: &email},
	}})
}
