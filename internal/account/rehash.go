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

// withStoredHash calls do with the hash that matched the password. do fails with refusal
// when another hash is stored; then withStoredHash calls it again with that one if a
// concurrent sign-in has rehashed the same password. It fails with the error of do or of
// Matches.
func (s *Service) withStoredHash(ctx context.Context, r auth.Requester, user uuid.UUID, hash, password string, refusal error, do func(hash string) (*Session, error)) (*Session, error) {
	session, err := do(hash)
	if !errors.Is(err, refusal) {
		return session, err
	}
	stored, err := s.config.DB.Queries().UserPasswordHash(ctx, user)
	if errors.Is(err, db.ErrNotFound) || err == nil && stored == hash {
		return nil, refusal
	}
	if err != nil {
		return nil, err
	}
	if err := s.compare(ctx, r, stored, password, refusal); err != nil {
		return nil, err
	}
	return do(stored)
}
