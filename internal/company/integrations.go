package company

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// defaultAIProvider is the provider of the shared tier.
const defaultAIProvider = "default"

// The names of the integrations in profile.integration_changes.
const (
	pmsIntegration = "pms"
	aiIntegration  = "ai"
)

// SetPMS stores the provider and the API key of the PMS integration. It returns a
// Conflict user error when expected is not the stored version, and db.ErrNotFound for
// an unknown company.
func (s *Service) SetPMS(ctx context.Context, id uuid.UUID, provider, apiKey string, expected *Version) error {
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		before, err := lockPMS(ctx, q, id)
		if err != nil {
			return err
		}
		if err := checkVersion(before.version(), expected); err != nil {
			return err
		}
		ciphertext, err := s.keys.Encrypt(apiKey)
		if err != nil {
			return err
		}
		after := integrationRow{provider: &provider, ciphertext: &ciphertext}
		if s.same(before, after) {
			return nil
		}
		err = q.PMSIntegrationUpsert(ctx, sqlc.PMSIntegrationUpsertParams{
			ID: uuid.New(), CompanyID: id, Provider: provider, EncryptedKey: &ciphertext,
		})
		if err != nil {
			return err
		}
		if err := recordActor(ctx, q, id, pmsIntegration); err != nil {
			return err
		}
		return audit.Record(ctx, q, audit.Entry{Kind: audit.PMSIntegrationSet, CompanyID: id, Changes: s.changes(id, before, after)})
	})
}

// RemovePMS deletes the PMS integration, if any. It returns db.ErrNotFound for an
// unknown company.
func (s *Service) RemovePMS(ctx context.Context, id uuid.UUID) error {
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		before, err := lockPMS(ctx, q, id)
		if err != nil || before.provider == nil {
			return err
		}
		if err := q.PMSIntegrationDelete(ctx, id); err != nil {
			return err
		}
		changes := s.changes(id, before, integrationRow{})
		return audit.Record(ctx, q, audit.Entry{Kind: audit.PMSIntegrationRemoved, CompanyID: id, Changes: changes})
	})
}

// AIChange is a change of the AI integration.
type AIChange struct {
	Provider string
	Model    Omittable
	APIKey   Omittable
}

// Omittable is an optional value. The zero value keeps the stored value; Given with a
// nil Value removes it.
type Omittable struct {
	Given bool
	Value *string
}

// SetAI changes the AI integration. It returns a KeyRequired user error for another
// provider without an API key, a Conflict user error when expected is not the stored
// version, and db.ErrNotFound for an unknown company.
func (s *Service) SetAI(ctx context.Context, id uuid.UUID, change AIChange, expected *Version) error {
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		before, err := lockAI(ctx, q, id)
		if err != nil {
			return err
		}
		if err := checkVersion(before.version(), expected); err != nil {
			return err
		}
		after := integrationRow{provider: &change.Provider, model: before.model}
		if change.Model.Given {
			after.model = change.Model.Value
		}
		// A stored API key belongs to its provider. The shared tier needs none.
		switch {
		case change.APIKey.Value != nil:
			ciphertext, err := s.keys.Encrypt(*change.APIKey.Value)
			if err != nil {
				return err
			}
			after.ciphertext = &ciphertext
		case change.APIKey.Given, change.Provider == defaultAIProvider:
			after.ciphertext = nil
		case change.Provider == db.ZeroIfNil(before.provider):
			after.ciphertext = before.ciphertext
		default:
			return errKeyRequired
		}
		if s.same(before, after) {
			return nil
		}
		err = q.AIIntegrationUpsert(ctx, sqlc.AIIntegrationUpsertParams{
			ID: uuid.New(), CompanyID: id, Provider: change.Provider, Model: after.model, EncryptedKey: after.ciphertext,
		})
		if err != nil {
			return err
		}
		if err := recordActor(ctx, q, id, aiIntegration); err != nil {
			return err
		}
		return audit.Record(ctx, q, audit.Entry{Kind: audit.AIIntegrationSet, CompanyID: id, Changes: s.changes(id, before, after)})
	})
}

var errKeyRequired = apperr.NewUserError(apperr.KeyRequired, "input", "apiKey")

// RemoveAI deletes the AI integration, which selects the shared tier. It returns
// db.ErrNotFound for an unknown company.
func (s *Service) RemoveAI(ctx context.Context, id uuid.UUID) error {
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		before, err := lockAI(ctx, q, id)
		if err != nil || before.provider == nil {
			return err
		}
		if err := q.AIIntegrationDelete(ctx, id); err != nil {
			return err
		}
		changes := s.changes(id, before, integrationRow{})
		return audit.Record(ctx, q, audit.Entry{Kind: audit.AIIntegrationRemoved, CompanyID: id, Changes: changes})
	})
}

// integrationRow is a stored integration, or the zero value for none.
type integrationRow struct {
	provider, model *string
	ciphertext      *string // of the API key; nil for none
	// inactive is set by the Python service only. A change here activates the row.
	inactive bool
}

// ciphertextOrNil returns nil for an empty ciphertext, which the Python service may
// store for no API key.
func ciphertextOrNil(stored *string) *string { return db.NilIfZero(db.ZeroIfNil(stored)) }

// lockPMS reads the PMS integration and blocks other changes to the integrations of
// the company until the transaction ends. It locks the row of the company, because an
// integration that does not exist has no row.
func lockPMS(ctx context.Context, q *sqlc.Queries, company uuid.UUID) (integrationRow, error) {
	if _, err := q.CompanyLock(ctx, company); err != nil {
		return integrationRow{}, err
	}
	row, err := q.PMSIntegrationForUpdate(ctx, company)
	if errors.Is(err, db.ErrNotFound) {
		return integrationRow{}, nil
	}
	return integrationRow{provider: &row.Provider, ciphertext: ciphertextOrNil(row.EncryptedKey), inactive: !row.Active}, err
}

// lockAI is lockPMS for the AI integration.
func lockAI(ctx context.Context, q *sqlc.Queries, company uuid.UUID) (integrationRow, error) {
	if _, err := q.CompanyLock(ctx, company); err != nil {
		return integrationRow{}, err
	}
	row, err := q.AIIntegrationForUpdate(ctx, company)
	if errors.Is(err, db.ErrNotFound) {
		return integrationRow{}, nil
	}
	return integrationRow{provider: &row.Provider, model: row.Model, ciphertext: ciphertextOrNil(row.EncryptedKey), inactive: !row.Active}, err
}

// same reports whether two rows have the same content. It compares decrypted API keys,
// because one key has many ciphertexts. A ciphertext that no Fernet key decrypts is
// equal only to itself.
func (s *Service) same(a, b integrationRow) bool {
	if !db.EqualValues(a.provider, b.provider) || !db.EqualValues(a.model, b.model) || a.inactive != b.inactive {
		return false
	}
	if db.EqualValues(a.ciphertext, b.ciphertext) || a.ciphertext == nil || b.ciphertext == nil {
		return db.EqualValues(a.ciphertext, b.ciphertext)
	}
	x, errX := s.keys.Decrypt(*a.ciphertext)
	y, errY := s.keys.Decrypt(*b.ciphertext)
	return errX == nil && errY == nil && x == y
}

// recordActor stores the principal of the request as the last one to change the
// integration.
func recordActor(ctx context.Context, q *sqlc.Queries, company uuid.UUID, integration string) error {
	principal, ok := auth.PrincipalFrom(ctx)
	if !ok {
		return nil
	}
	return q.IntegrationChangeUpsert(ctx, sqlc.IntegrationChangeUpsertParams{
		CompanyID: company, Integration: integration, ActorEmail: principal.Email,
	})
}

// changes returns the differences between two rows for the audit log.
func (s *Service) changes(company uuid.UUID, before, after integrationRow) []audit.Change {
	return audit.Diff(s.auditFields(company, before), s.auditFields(company, after))
}

// auditFields returns the fields of a row for the audit log. Their names are those of
// the schema, except for inactive, which the schema does not have. An API key is
// represented by its fingerprint, or by "unreadable" if no Fernet key decrypts it.
func (s *Service) auditFields(company uuid.UUID, row integrationRow) []audit.Field {
	key := s.keyStatus(company, row.ciphertext)
	if !key.Decryptable {
		key.Fingerprint = new("unreadable")
	}
	var inactive *string
	if row.inactive {
		inactive = new("true")
	}
	return []audit.Field{
		{Name: "provider", Value: row.provider},
		{Name: "model", Value: row.model},
		{Name: "apiKey", Value: key.Fingerprint},
		{Name: "inactive", Value: inactive},
	}
}
