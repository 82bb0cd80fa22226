package account

import (
	"context"
	"errors"
	"time"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// Authenticate finds out who makes a request. The stored user decides, not the
// token's claims. A token that is not valid, that a password change has ended,
// or whose user or company is gone or inactive is auth.ErrInvalidToken, one
// whose time is over auth.ErrExpiredToken; any other error means that nobody
// could be asked.
func (s *Service) Authenticate(ctx context.Context, token string) (*auth.Principal, error) {
	verified, err := s.signer.Verify(token)
	if err != nil {
		return nil, err
	}
	user, err := s.db.Queries().UserByID(ctx, verified.UserID)
	if errors.Is(err, db.ErrNotFound) {
		return nil, auth.ErrInvalidToken
	}
	if err != nil {
		return nil, err
	}
	digest := auth.TokenDigest(token)
	if !user.Active || ended(verified.IssuedAt, digest, user) {
		return nil, auth.ErrInvalidToken
	}
	return &auth.Principal{
		UserID:            user.ID,
		CompanyID:         user.CompanyID,
		CompanyName:       user.CompanyName,
		Email:             user.Email,
		Role:              auth.Role(user.Role),
		Superadmin:        user.Superadmin,
		PasswordChangedAt: user.PasswordChangedAt,
		TokenDigest:       digest,
	}, nil
}

// ended tells whether a password change or a reset has ended a token.
func ended(issuedAt time.Time, digest []byte, user sqlc.UserByIDRow) bool {
	var kept *auth.KeptToken
	if user.KeptTokenChangedAt != nil {
		kept = &auth.KeptToken{Digest: user.KeptTokenSha256, PasswordChangedAt: *user.KeptTokenChangedAt}
	}
	return auth.TokenOutlived(issuedAt, digest, user.PasswordChangedAt, kept) ||
		auth.TokenOutlived(issuedAt, digest, user.TokensEndBefore, nil)
}
