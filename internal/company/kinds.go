package company

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// integrationKind is one of the two integrations that are set here, each with a
// table of its own.
type integrationKind struct {
	name         string
	set, removed audit.Kind
	lock         func(ctx context.Context, q *sqlc.Queries, company uuid.UUID) (stored, error)
	store        func(ctx context.Context, q *sqlc.Queries, company uuid.UUID, next stored) error
	delete       func(ctx context.Context, q *sqlc.Queries, company uuid.UUID) error
}

var pmsIntegration = integrationKind{
	name:    "pms",
	set:     audit.PMSIntegrationSet,
	removed: audit.PMSIntegrationRemoved,
	lock: func(ctx context.Context, q *sqlc.Queries, company uuid.UUID) (stored, error) {
		row, err := q.PMSIntegrationForUpdate(ctx, company)
		return stored{provider: &row.Provider, token: keyOrNone(row.EncryptedKey), inactive: !row.Active}, err
	},
	store: func(ctx context.Context, q *sqlc.Queries, company uuid.UUID, next stored) error {
		return q.PMSIntegrationUpsert(ctx, sqlc.PMSIntegrationUpsertParams{
			ID: uuid.New(), CompanyID: company, Provider: *next.provider, EncryptedKey: next.token,
		})
	},
	delete: func(ctx context.Context, q *sqlc.Queries, company uuid.UUID) error {
		return q.PMSIntegrationDelete(ctx, company)
	},
}

var aiIntegration = integrationKind{
	name:    "ai",
	set:     audit.AIIntegrationSet,
	removed: audit.AIIntegrationRemoved,
	lock: func(ctx context.Context, q *sqlc.Queries, company uuid.UUID) (stored, error) {
		row, err := q.AIIntegrationForUpdate(ctx, company)
		return stored{provider: &row.Provider, model: row.Model, token: keyOrNone(row.EncryptedKey), inactive: !row.Active}, err
	},
	store: func(ctx context.Context, q *sqlc.Queries, company uuid.UUID, next stored) error {
		return q.AIIntegrationUpsert(ctx, sqlc.AIIntegrationUpsertParams{
			ID: uuid.New(), CompanyID: company, Provider: *next.provider, Model: next.model, EncryptedKey: next.token,
		})
	},
	delete: func(ctx context.Context, q *sqlc.Queries, company uuid.UUID) error {
		return q.AIIntegrationDelete(ctx, company)
	},
}

// locked reads an integration, the zero stored when there is none, and keeps
// every other change of the company's integrations waiting. An unknown company
// is db.ErrNotFound.
func (k integrationKind) locked(ctx context.Context, q *sqlc.Queries, company uuid.UUID) (stored, error) {
	if _, err := q.CompanyLock(ctx, company); err != nil {
		return stored{}, err
	}
	row, err := k.lock(ctx, q, company)
	if errors.Is(err, db.ErrNotFound) {
		return stored{}, nil
	}
	return row, err
}

// record writes down who has changed the integration, and the audit entry.
func (k integrationKind) record(ctx context.Context, q *sqlc.Queries, company uuid.UUID, entry audit.Entry) error {
	if principal, ok := auth.PrincipalFrom(ctx); ok {
		err := q.IntegrationChangeUpsert(ctx, sqlc.IntegrationChangeUpsertParams{
			CompanyID: company, Integration: k.name, ActorEmail: principal.Email,
		})
		if err != nil {
			return err
		}
	}
	entry.CompanyID = company
	return audit.Record(ctx, q, entry)
}
