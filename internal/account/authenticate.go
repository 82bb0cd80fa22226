package account

import (
	"context"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/apperr"
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
	verified, err := s.config.Signer.Verify(token)
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

// RequireAdmin checks that the user is an administrator of the company. field is
// the requested field, such as "Company.auditLog". For an operator it records the
// refusal with audit.Refusals, even if ctx has ended, and fails with the code
// Forbidden, or with the error of recording.
func (s *Service) RequireAdmin(ctx context.Context, user *auth.Principal, field string) error {
	if user.IsAdmin() {
		return nil
	}
	if err := s.config.Refusals.Record(ctx, user, field); err != nil {
		return err
	}
	return apperr.New(apperr.Forbidden, apperr.AdminOnly)
}
