package company

import (
	"context"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/audit"
)

// AuditLog returns a page of the audit log of a company, newest entries first, and
// whether there are older entries.
func (s *Service) AuditLog(ctx context.Context, id uuid.UUID, query audit.Query) (entries []audit.StoredEntry, more bool, err error) {
	return audit.Read(ctx, s.db.Queries(), id, query)
}
