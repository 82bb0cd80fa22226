package account

import (
	"context"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// Authenticate returns the principal of a token, with the stored state of the user
// instead of the token's claims. It fails with auth.ErrExpiredToken for an expired
// token, and with auth.ErrInvalidToken for an invalid or revoked one, or when the
// user or company is inactive or does not exist. Any other error means that the
// user could not be read.
func (s *Service) Authenticate(ctx context.Context, token string) (*auth.Principal, error) {
	verified, err := s.signer.Verify(token)
	if err != nil {
		return nil, err
	}
	user, found, err := s.users.Load(ctx, verified.UserID)
	if err != nil {
		return nil, err
	}
	if !found || !user.Active || auth.TokenRevoked(verified, revocation(user)) {
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
		TokenDigest:       verified.Digest,
	}, nil
}

// usersByID returns a loader that reads the users of concurrent requests in batches.
func usersByID(d *db.DB) *db.Loader[uuid.UUID, sqlc.UsersByIDRow] {
	return db.NewLoader(func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]sqlc.UsersByIDRow, error) {
		rows, err := d.Queries().UsersByID(ctx, ids)
		users := make(map[uuid.UUID]sqlc.UsersByIDRow, len(rows))
		for _, row := range rows {
			users[row.ID] = row
		}
		return users, err
	})
}

func revocation(user sqlc.UsersByIDRow) auth.Revocation {
	r := auth.Revocation{PasswordChangedAt: user.PasswordChangedAt, ResetAt: user.TokensEndBefore}
	if user.KeptTokenChangedAt != nil {
		r.Kept = append(r.Kept, auth.KeptToken{Digest: user.KeptTokenSha256, PasswordChangedAt: *user.KeptTokenChangedAt})
	}
	if user.FreshTokenChangedAt != nil {
		r.Kept = append(r.Kept, auth.KeptToken{Digest: user.FreshTokenSha256, PasswordChangedAt: *user.FreshTokenChangedAt})
	}
	return r
}
