package account

import (
	"context"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/auth"
)

// RequireAdmin is the one check for what only administrators may do. The field
// is what the user asks for, such as "Company.auditLog". An operator is refused
// with the code Forbidden, and audit.Refusals records it, also when the client
// no longer waits for the response; its error comes before Forbidden.
func (s *Service) RequireAdmin(ctx context.Context, user *auth.Principal, field string) error {
	if user.IsAdmin() {
		return nil
	}
	if err := s.refusals.Record(ctx, user, field); err != nil {
		return err
	}
	return apperr.New(apperr.Forbidden, apperr.AdminOnly)
}
