package account

import (
	"context"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/auth"
)

// RequireAdmin checks that the user is an administrator of the company. field is
// the requested field, such as "Company.auditLog". For an operator it records the
// refusal with audit.Refusals, even if ctx has ended, and fails with the code
// Forbidden, or with the error of recording.
func (s *Service) RequireAdmin(ctx context.Context, user *auth.Principal, field string) error {
	if user.IsAdmin() {
		return nil
	}
	if err := s.refusals.Record(ctx, user, field); err != nil {
		return err
	}
	return apperr.New(apperr.Forbidden, apperr.AdminOnly)
}
