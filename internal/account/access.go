package account

import (
	"context"

	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/problem"
)

// RequireAdmin is the one check of who may do what only administrators may. An
// operator is refused with the code Forbidden, which is written to the audit
// log; a request without a principal with what auth.RequirePrincipal says.
func (s *Service) RequireAdmin(ctx context.Context) error {
	user, err := auth.RequirePrincipal(ctx)
	if err != nil || user.IsAdmin() {
		return err
	}
	err = audit.Record(ctx, s.db.Queries(), audit.Entry{Kind: audit.AccessRefused, CompanyID: user.CompanyID})
	if err != nil {
		return err
	}
	return problem.New(problem.Forbidden, "Only an administrator of the company may do this.")
}
