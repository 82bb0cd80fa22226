// Package audit writes down who did what. An entry is written in the
// transaction of the change that it tells of: there is no change without its
// entry, and no entry without its change.
package audit

import (
	"context"
	"encoding/json"
	"net/netip"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// Kind is what happened. The values are those of the schema's AuditKind, and
// KeysRotated, which concerns no company and so is shown to none.
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
	AIIntegrationSet       Kind = "AI_INTEGRATION_SET"
	AIIntegrationRemoved   Kind = "AI_INTEGRATION_REMOVED"
	ApartmentColumnsSaved  Kind = "APARTMENT_COLUMNS_SAVED"
	LateCheckInConfigSaved Kind = "LATE_CHECK_IN_CONFIG_SAVED"
	KeysRotated            Kind = "KEYS_ROTATED"
)

// Change is a field that changed. Old and New are never secrets: of a key they
// are the fingerprint. Nil stands for nothing.
type Change struct {
	Field string  `json:"field"`
	Old   *string `json:"old"`
	New   *string `json:"new"`
}

// Entry is what happened to whom.
type Entry struct {
	Kind      Kind
	CompanyID uuid.UUID // uuid.Nil when no company is concerned
	// ActorID and ActorEmail are who did it; when both are empty, the principal
	// of the request.
	ActorID    uuid.UUID
	ActorEmail string
	Changes    []Change
}

// Record writes an entry with the address and the id of the request. In a
// transaction the principal must be known already: to find out who it is takes
// another connection.
func Record(ctx context.Context, q *sqlc.Queries, e Entry) error {
	params, err := paramsOf(ctx, e)
	if err != nil {
		return err
	}
	return q.AuditEntryCreate(ctx, params)
}

func paramsOf(ctx context.Context, e Entry) (sqlc.AuditEntryCreateParams, error) {
	if e.ActorID == uuid.Nil && e.ActorEmail == "" {
		if principal, ok := auth.PrincipalFrom(ctx); ok {
			e.ActorID, e.ActorEmail = principal.UserID, principal.Email
		}
	}
	changes, err := json.Marshal(append([]Change{}, e.Changes...))
	return sqlc.AuditEntryCreateParams{
		Kind:       string(e.Kind),
		CompanyID:  db.NilIfZero(e.CompanyID),
		ActorID:    db.NilIfZero(e.ActorID),
		ActorEmail: db.NilIfZero(e.ActorEmail),
		Address:    db.NilIfZero(addressOf(ctx)),
		RequestID:  auth.RequestID(ctx),
		Changes:    changes,
	}, err
}

func addressOf(ctx context.Context) netip.Addr { return auth.RecordedAddress(ctx).Unmap().WithZone("") }

// Diff lists what differs between two sets of fields, in the order of names.
func Diff(names []string, before, after map[string]*string) []Change {
	var changes []Change
	for _, name := range names {
		if o, n := before[name], after[name]; !db.EqualValues(o, n) {
			changes = append(changes, Change{Field: name, Old: o, New: n})
		}
	}
	return changes
}
