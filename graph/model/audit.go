package model

import "github.com/stay-sidekick/profile-server/internal/scalar"

// AuditEntry is the schema's AuditEntry. Its ID is a sequence number, not a UUID.
type AuditEntry struct {
	ID        string
	At        scalar.DateTime
	Kind      AuditKind
	Actor     *string
	Address   *string
	RequestID string
	Changes   []AuditChange
}
