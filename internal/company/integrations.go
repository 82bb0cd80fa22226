package company

import (
	"context"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/internal/optional"
	"github.com/stay-sidekick/profile-server/internal/problem"
)

// defaultAIProvider is the provider of the shared tier.
const defaultAIProvider = "default"

// SetPMS connects a PMS or replaces its provider and key. It refuses with
// Conflict when another version was expected.
func (s *Service) SetPMS(ctx context.Context, id uuid.UUID, provider, apiKey string, expected *Version) error {
	return s.set(ctx, pmsIntegration, id, expected, func(stored) (wish, error) {
		return wish{provider: provider, key: &apiKey}, nil
	})
}

// RemovePMS disconnects the PMS, if there is one.
func (s *Service) RemovePMS(ctx context.Context, id uuid.UUID) error {
	return s.remove(ctx, pmsIntegration, id)
}

// AIChange says what shall become of the AI integration.
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
// expected.
func (s *Service) SetAI(ctx context.Context, id uuid.UUID, change AIChange, expected *Version) error {
	return s.set(ctx, aiIntegration, id, expected, func(row stored) (wish, error) {
		keep, err := keepsKey(change, row)
		model := change.Model.Value
		if !change.Model.Given {
			model = row.model
		}
		return wish{provider: change.Provider, model: model, key: change.APIKey.Value, keepKey: keep}, err
	})
}

// keepsKey decides what becomes of the stored key. A key belongs to its
// provider, so an omitted one survives only with the same provider; the shared
// tier needs none and drops it.
func keepsKey(change AIChange, row stored) (bool, error) {
	switch {
	case change.APIKey.Given, change.Provider == defaultAIProvider:
		return false, nil
	case change.Provider == optional.OrZero(row.provider):
		return true, nil
	}
	return false, problem.NewUserError(problem.KeyRequired,
		"Another provider needs its own key: give it, or null to go on without one.", "input", "apiKey")
}

// RemoveAI goes back to the shared tier.
func (s *Service) RemoveAI(ctx context.Context, id uuid.UUID) error {
	return s.remove(ctx, aiIntegration, id)
}

// wish is what an integration shall be.
type wish struct {
	provider string
	model    *string
	key      *string // the plain key; nil for none
	keepKey  bool    // the stored one instead
}

// set writes an integration and its audit entry, if there is a change.
func (s *Service) set(ctx context.Context, kind integrationKind, id uuid.UUID, expected *Version,
	decide func(row stored) (wish, error)) error {
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		row, err := kind.locked(ctx, q, id)
		if err != nil {
			return err
		}
		if err := row.version().expect(expected); err != nil {
			return err
		}
		wanted, err := decide(row)
		if err != nil {
			return err
		}
		next, err := s.apply(wanted, row)
		if err != nil {
			return err
		}
		if s.same(row, next) {
			return nil
		}
		changes := audit.Diff(integrationFields, s.describe(id, row), s.describe(id, next))
		if err := kind.store(ctx, q, id, next); err != nil {
			return err
		}
		return kind.record(ctx, q, id, audit.Entry{Kind: kind.set, Changes: changes})
	})
}

// remove deletes an integration, if there is one, and writes its audit entry.
func (s *Service) remove(ctx context.Context, kind integrationKind, id uuid.UUID) error {
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		row, err := kind.locked(ctx, q, id)
		if err != nil || row.provider == nil {
			return err
		}
		if err := kind.delete(ctx, q, id); err != nil {
			return err
		}
		changes := audit.Diff(integrationFields, s.describe(id, row), nil)
		return audit.Record(ctx, q, audit.Entry{Kind: kind.removed, CompanyID: id, Changes: changes})
	})
}

// apply gives the row that a wish asks for.
func (s *Service) apply(w wish, row stored) (stored, error) {
	next := stored{provider: &w.provider, model: w.model}
	if w.keepKey {
		next.token = row.token
		return next, nil
	}
	if w.key == nil {
		return next, nil
	}
	token, err := s.keys.Encrypt(*w.key)
	next.token = &token
	return next, err
}

// same tells whether two states mean the same. The tokens of one key differ, so
// the keys are compared; what cannot be decrypted is the same only as itself.
func (s *Service) same(a, b stored) bool {
	if !optional.Equal(a.provider, b.provider) || !optional.Equal(a.model, b.model) || a.inactive != b.inactive {
		return false
	}
	if optional.Equal(a.token, b.token) || a.token == nil || b.token == nil {
		return optional.Equal(a.token, b.token)
	}
	x, errX := s.keys.Decrypt(*a.token)
	y, errY := s.keys.Decrypt(*b.token)
	return errX == nil && errY == nil && x == y
}

// integrationFields are the fields that the audit log tells of, by their names
// in the schema, which does not show whether an integration is inactive.
var integrationFields = []string{"provider", "model", "apiKey", "inactive"}

// unreadable stands in the audit log for a key that no configured key opens.
const unreadable = "unreadable"

// describe shows an integration without its secret: of the key it has the
// fingerprint.
func (s *Service) describe(company uuid.UUID, row stored) map[string]*string {
	key, decryptable := s.fingerprint(company, row.token)
	if !decryptable {
		key = new(unreadable)
	}
	fields := map[string]*string{"provider": row.provider, "model": row.model, "apiKey": key}
	if row.inactive {
		fields["inactive"] = new("true")
	}
	return fields
}
