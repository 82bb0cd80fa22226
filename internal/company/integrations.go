package company

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/internal/problem"
)

// defaultAIProvider is the provider of the shared tier.
const defaultAIProvider = "default"

// SetPMS connects a PMS or replaces its provider and key.
func (s *Service) SetPMS(ctx context.Context, id uuid.UUID, provider, apiKey string) error {
	encrypted, err := s.keys.Encrypt(apiKey)
	if err != nil {
		return err
	}
	return s.db.Queries().PMSIntegrationUpsert(ctx, sqlc.PMSIntegrationUpsertParams{
		ID:           uuid.New(),
		CompanyID:    id,
		Provider:     provider,
		EncryptedKey: &encrypted,
	})
}

// RemovePMS disconnects the PMS, if there is one.
func (s *Service) RemovePMS(ctx context.Context, id uuid.UUID) error {
	return s.db.Queries().PMSIntegrationDelete(ctx, id)
}

// AIChange says what shall become of the AI integration.
type AIChange struct {
	Provider string
	Model    Optional
	APIKey   Optional
}

// Optional is a value that may be omitted, which keeps the stored one, or nil,
// which removes it.
type Optional struct {
	Given bool
	Value *string
}

func (o Optional) or(stored *string) *string {
	if o.Given {
		return o.Value
	}
	return stored
}

// SetAI applies a change to the AI integration. It refuses another provider
// without a key: a problem.Refusal with the code KeyRequired.
func (s *Service) SetAI(ctx context.Context, id uuid.UUID, change AIChange) error {
	if err := s.encryptKey(&change.APIKey); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		stored, err := q.AIIntegrationForUpdate(ctx, id)
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			return err
		}
		key, err := keyAfter(change, stored)
		if err != nil {
			return err
		}
		return q.AIIntegrationUpsert(ctx, sqlc.AIIntegrationUpsertParams{
			ID:           uuid.New(),
			CompanyID:    id,
			Provider:     change.Provider,
			EncryptedKey: key,
			Model:        change.Model.or(stored.Model),
		})
	})
}

func (s *Service) encryptKey(key *Optional) error {
	if key.Value == nil {
		return nil
	}
	encrypted, err := s.keys.Encrypt(*key.Value)
	key.Value = &encrypted
	return err
}

// keyAfter decides what becomes of the stored key. A key belongs to its
// provider, so an omitted one survives only with the same provider; the shared
// tier needs none and drops it.
func keyAfter(change AIChange, stored sqlc.AIIntegrationForUpdateRow) (*string, error) {
	switch {
	case change.APIKey.Given:
		return change.APIKey.Value, nil
	case change.Provider == defaultAIProvider:
		return nil, nil
	case change.Provider == stored.Provider:
		return stored.EncryptedKey, nil
	}
	return nil, problem.Refuse(problem.KeyRequired,
		"Another provider needs its own key: give it, or null to go on without one.", "input", "apiKey")
}

// RemoveAI goes back to the shared tier.
func (s *Service) RemoveAI(ctx context.Context, id uuid.UUID) error {
	return s.db.Queries().AIIntegrationDelete(ctx, id)
}
