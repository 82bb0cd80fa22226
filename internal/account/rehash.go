package account

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// maxRehashWait limits the time by which a rehash delays a sign-in while the queue is
// busy. The next sign-in tries again.
const maxRehashWait = time.Second

// rehash replaces a stored hash of a lower cost by one of the server's cost, after the
// password matched. Tokens and password_changed_at stay as they are. An error changes
// nothing and is ignored.
func (s *Service) rehash(ctx context.Context, r auth.Requester, user sqlc.UserByEmailRow, password string) {
	if !s.config.Hasher.NeedsRehash(user.PasswordHash) {
		return
	}
	waiting, cancel := context.WithTimeout(ctx, maxRehashWait)
	defer cancel()
	hash, err := s.config.Hasher.Hash(waiting, r, truncate(password))
	if err != nil {
		return
	}
	_ = s.config.DB.Queries().UserPasswordRehash(ctx, sqlc.UserPasswordRehashParams{ID: user.ID, OldHash: user.PasswordHash, NewHash: hash})
}

// rehashed returns the stored hash when a concurrent sign-in has rehashed the password,
// which matched the hash old. It fails with refusal when the stored hash does not match
// the password or is still old, and with the error of Matches.
func (s *Service) rehashed(ctx context.Context, r auth.Requester, user uuid.UUID, old, password string, refusal error) (hash string, err error) {
	if !s.config.Hasher.NeedsRehash(old) {
		return "", refusal
	}
	hash, err = s.config.DB.Queries().UserPasswordHash(ctx, user)
	if errors.Is(err, db.ErrNotFound) || err == nil && hash == old {
		return "", refusal
	}
	if err != nil {
		return "", err
	}
	matches, err := s.config.Hasher.Matches(ctx, r, hash, password)
	if err == nil && !matches {
		err = refusal
	}
	return hash, err
}
