// Package audit writes and reads the audit log. An entry is written in the
// transaction of the change that it records, so neither exists without the other.
package audit

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// Kind is the kind of an entry. The values are those of the schema's AuditKind, and
// KeysRotated, whose entries belong to no company and are not in the API.
type Kind string

const (
	SignedIn               Kind = "SIGNED_IN"
	SignInRefused          Kind = "SIGN_IN_REFUSED"
	PasswordChanged        Kind = "PASSWORD_CHANGED"
	PasswordChangeRefused  Kind = "PASSWORD_CHANGE_REFUSED"
	PasswordReset          Kind = "PASSWORD_RESET"
	AccountCreated         Kind = "ACCOUNT_CREATED"
	AccessRefused          Kind = "ACCESS_REFUSED"
	PMSIntegrationSet      Kind = "PMS_INTEGRATION_SET"
	PMSIntegrationRemoved  Kind = "PMS_INTEGRATION_REMOVED"
	PMSIntegrationTested   Kind = "PMS_INTEGRATION_TESTED"
	AIIntegrationSet       Kind = "AI_INTEGRATION_SET"
	AIIntegrationRemoved   Kind = "AI_INTEGRATION_REMOVED"
	AIIntegrationTested    Kind = "AI_INTEGRATION_TESTED"
	ApartmentColumnsSaved  Kind = "APARTMENT_COLUMNS_SAVED"
	LateCheckInConfigSaved Kind = "LATE_CHECK_IN_CONFIG_SAVED"
	KeysRotated            Kind = "KEYS_ROTATED"
)

// Change is a changed field. Old and New are never secrets: for an API key they are
// its fingerprint. Nil means no value.
type Change struct {
	Field string  `json:"field"`
	Old   *string `json:"old"`
	New   *string `json:"new"`
}

// Entry is an entry to write.
type Entry struct {
	Kind      Kind
	CompanyID uuid.UUID // uuid.Nil for no company
	// ActorID and ActorEmail identify the user who acted. When both are empty,
	// Record uses the principal of the request.
	ActorID    uuid.UUID
	ActorEmail string
	Changes    []Change
}

// Record writes an entry with the address and the id of the request. Within a
// transaction the principal must already be resolved, because resolving it needs
// another connection.
func Record(ctx context.Context, q *sqlc.Queries, e Entry) error {
	params, err := newParams(ctx, e)
	if err != nil {
		return err
	}
	return q.AuditEntryCreate(ctx, params)
}

func newParams(ctx context.Context, e Entry) (sqlc.AuditEntryCreateParams, error) {
	if e.ActorID == uuid.Nil && e.ActorEmail == "" {
		if principal, err := auth.RequirePrincipal(ctx); err == nil {
			e.ActorID, e.ActorEmail = principal.UserID, principal.Email
		}
	}
	changes, err := json.Marshal(append([]Change{}, e.Changes...))
	return sqlc.AuditEntryCreateParams{
		Kind:       string(e.Kind),
		CompanyID:  db.NilIfZero(e.CompanyID),
		ActorID:    db.NilIfZero(e.ActorID),
		ActorEmail: db.NilIfZero(e.ActorEmail),
		Address:    db.NilIfZero(auth.RecordedAddress(ctx).Unmap().WithZone("")),
		RequestID:  auth.RequestID(ctx),
		Changes:    changes,
	}, err
}

// Field is a field of a state. A nil value means no value.
type Field struct {
	Name  string
	Value *string
}

// Diff returns the fields whose values differ, in the order of after. Both states have
// the same fields in the same order; a nil state has no values.
func Diff(before, after []Field) []Change {
	var changes []Change
	for i, field := range after {
		var old *string
		if before != nil {
			old = before[i].Value
		}
		if !db.EqualValues(old, field.Value) {
			changes = append(changes, Change{Field: field.Name, Old: old, New: field.Value})
		}
	}
	return changes
}
