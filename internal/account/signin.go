package account

import (
	"context"
	"errors"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/problem"
)

// errCredentials does not tell which part was wrong.
var errCredentials = problem.Refuse(problem.InvalidCredentials, "The e-mail address or the password is wrong.")

// SignIn checks an e-mail address, trimmed and lower-cased, and a password. An
// unknown address, a wrong password and an inactive account or company are the
// same refusal, InvalidCredentials, after the same time.
func (s *Service) SignIn(ctx context.Context, email, password string) (*Session, error) {
	user, err := s.db.Queries().UserByEmail(ctx, email)
	if errors.Is(err, db.ErrNotFound) {
		if err := s.hasher.MatchNothing(ctx, password); err != nil {
			return nil, err
		}
		return nil, errCredentials
	}
	if err != nil {
		return nil, err
	}
	matches, err := s.hasher.Matches(ctx, user.PasswordHash, password)
	if err != nil {
		return nil, err
	}
	if !matches || !user.Active {
		return nil, errCredentials
	}
	return s.issue(&auth.Principal{
		UserID:            user.ID,
		CompanyID:         user.CompanyID,
		CompanyName:       user.CompanyName,
		Email:             user.Email,
		Role:              auth.Role(user.Role),
		Superadmin:        user.Superadmin,
		PasswordChangedAt: user.PasswordChangedAt,
	})
}
