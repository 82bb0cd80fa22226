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

// The integrations' names in profile.integration_changes.
const (
	pmsIntegration = "pms"
	aiIntegration  = "ai"
)

// SetPMS connects a PMS or replaces its provider and key. It refuses with
// Conflict when another version was expected. An unknown company is
// db.ErrNotFound.
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

// RemovePMS disconnects the PMS, if there is one. An unknown company is
// db.ErrNotFound.
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

// Omittable is a value that may be omitted, which keeps the stored one, or nil,
// which removes it.
type Omittable struct {
	Given bool
	Value *string
}

// SetAI applies a change to the AI integration. It refuses with KeyRequired
// another provider without a key, and with Conflict when another version was
// expected. An unknown company is db.ErrNotFound.
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
		// A stored key belongs to its provider; the shared tier needs none.
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

// RemoveAI goes back to the shared tier. An unknown company is db.ErrNotFound.
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

// integrationRow is a stored integration; the zero value when there is none.
type integrationRow struct {
	provider, model *string
	ciphertext      *string // of the key; nil for none
	// inactive is how another service may have left it. A change here makes it
	// active again.
	inactive bool
}

// ciphertextOrNil returns nil for an empty ciphertext, which another service may
// have stored: there is no key.
func ciphertextOrNil(stored *string) *string { return db.NilIfZero(db.ZeroIfNil(stored)) }

// lockPMS reads the PMS integration. Until the transaction ends, no other change
// of the company's integrations goes on. The company is locked first: an
// integration that does not exist cannot be.
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

// same reports whether two rows have the same meaning. The ciphertexts of one key
// differ, so the keys are compared; a ciphertext that no configured key decrypts
// is equal to itself only.
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

// recordActor stores who changed the integration: the principal of the request.
func recordActor(ctx context.Context, q *sqlc.Queries, company uuid.UUID, integration string) error {
	principal, ok := auth.PrincipalFrom(ctx)
	if !ok {
		return nil
	}
	return q.IntegrationChangeUpsert(ctx, sqlc.IntegrationChangeUpsertParams{
		CompanyID: company, Integration: integration, ActorEmail: principal.Email,
	})
}

// changes lists for the audit log what differs between two rows, by the names of
// the schema, which does not show whether an integration is inactive.
func (s *Service) changes(company uuid.UUID, before, after integrationRow) []audit.Change {
	names := []string{"provider", "model", "apiKey", "inactive"}
	return audit.Diff(names, s.auditFields(company, before), s.auditFields(company, after))
}

// auditFields has the fingerprint of the key, and "unreadable" for a key that no
// configured key decrypts.
func (s *Service) auditFields(company uuid.UUID, row integrationRow) map[string]*string {
	key := s.keyStatus(company, row.ciphertext)
	if !key.Decryptable {
		key.Fingerprint = new("unreadable")
	}
	fields := map[string]*string{"provider": row.provider, "model": row.model, "apiKey": key.Fingerprint}
	if row.inactive {
		fields["inactive"] = new("true")
	}
	return fields
}
