package company

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/connection"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// PMSChange is the PMS integration to store. It replaces the stored one as a whole.
type PMSChange struct {
	connection.Credentials
	// Verify checks the API key first.
	Verify bool
}

// SetPMS stores the PMS integration. With Verify it returns the check, and rejects an
// API key that is Invalid with an InvalidKey user error. Other user errors are Conflict
// when expected is not the stored version, NotApplicable, and AccountIDRequired. It
// returns db.ErrNotFound for an unknown company.
func (s *Service) SetPMS(ctx context.Context, id uuid.UUID, change PMSChange, expected *Version) (check *Check, err error) {
	if err := checkApplicable(change.Credentials, change.Verify); err != nil {
		return nil, err
	}
	if change.Verify {
		check, err = s.verifyPMS(ctx, id, change.Credentials, expected)
		if err != nil {
			return check, err
		}
	}
	return check, s.db.InTx(ctx, func(q *sqlc.Queries) error {
		before, err := lockPMS(ctx, q, id)
		if err != nil {
			return err
		}
		if err := checkVersion(before.version(), expected); err != nil {
			return err
		}
		after, err := s.pmsRow(before, change.Credentials)
		if err != nil {
			return err
		}
		if err := keepVerified(ctx, q, id, pms, before, after, check); err != nil || before.equal(after) {
			return err
		}
		err = q.PMSIntegrationUpsert(ctx, sqlc.PMSIntegrationUpsertParams{
			ID: uuid.New(), CompanyID: id, Provider: change.Provider, EncryptedKey: after.ciphertext,
		})
		if err != nil {
			return err
		}
		if err := storeCredentials(ctx, q, id, after); err != nil {
			return err
		}
		if err := recordActor(ctx, q, id, pms); err != nil {
			return err
		}
		return audit.Record(ctx, q, audit.Entry{Kind: audit.PMSIntegrationSet, CompanyID: id, Changes: s.changes(id, before, after)})
	})
}

// verifyPMS checks credentials before they are stored. It does not ask the provider
// when the stored version already differs from expected.
func (s *Service) verifyPMS(ctx context.Context, id uuid.UUID, c connection.Credentials, expected *Version) (*Check, error) {
	settings, err := s.Settings(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := checkVersion(settings.PMS().Version, expected); err != nil {
		return nil, err
	}
	return s.verify(ctx, id, pms, c, nil)
}

// RemovePMS deletes the PMS integration, if any, and what was stored with its API key,
// also when the Python service has deleted the integration. It returns db.ErrNotFound
// for an unknown company.
func (s *Service) RemovePMS(ctx context.Context, id uuid.UUID) error {
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		before, err := lockPMS(ctx, q, id)
		if err != nil {
			return err
		}
		if err := forgetCheck(ctx, q, id, pms); err != nil {
			return err
		}
		if err := q.PMSCredentialsDelete(ctx, id); err != nil || before.provider == nil {
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
	// Verify checks the API key first: the given one or, if it is omitted, the stored
	// one.
	Verify bool
}

// Omittable is an optional value. The zero value keeps the stored value; Given with a
// nil Value removes it.
type Omittable struct {
	Given bool
	Value *string
}

// SetAI changes the AI integration. With Verify it returns the check, nil when there is
// no key to check, and rejects an API key that is Invalid with an InvalidKey user error.
// Other user errors are KeyRequired for another provider without an API key, Conflict
// when expected is not the stored version, and KeyNotDecryptable for a stored key to
// verify. It returns db.ErrNotFound for an unknown company.
func (s *Service) SetAI(ctx context.Context, id uuid.UUID, change AIChange, expected *Version) (check *Check, err error) {
	if change.Verify {
		check, err = s.verifyAI(ctx, id, change, expected)
		if err != nil {
			return check, err
		}
	}
	return check, s.db.InTx(ctx, func(q *sqlc.Queries) error {
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
		sameProvider := strings.EqualFold(change.Provider, db.ZeroIfNil(before.provider))
		switch {
		case change.APIKey.Value != nil:
			var keep *string
			if sameProvider {
				keep = before.ciphertext
			}
			if after.ciphertext, err = s.encrypt(*change.APIKey.Value, keep); err != nil {
				return err
			}
		case change.APIKey.Given, change.Provider == defaultAIProvider:
			after.ciphertext = nil
		case sameProvider:
			after.ciphertext = before.ciphertext
		default:
			return errKeyRequired
		}
		if err := keepVerified(ctx, q, id, ai, before, after, check); err != nil || before.equal(after) {
			return err
		}
		err = q.AIIntegrationUpsert(ctx, sqlc.AIIntegrationUpsertParams{
			ID: uuid.New(), CompanyID: id, Provider: change.Provider, Model: after.model, EncryptedKey: after.ciphertext,
		})
		if err != nil {
			return err
		}
		if err := recordActor(ctx, q, id, ai); err != nil {
			return err
		}
		return audit.Record(ctx, q, audit.Entry{Kind: audit.AIIntegrationSet, CompanyID: id, Changes: s.changes(id, before, after)})
	})
}

// verifyAI is verifyPMS for the API key that the AI integration will have. It returns
// nil when there is none.
func (s *Service) verifyAI(ctx context.Context, id uuid.UUID, change AIChange, expected *Version) (*Check, error) {
	settings, err := s.Settings(ctx, id)
	if err != nil {
		return nil, err
	}
	stored := settings.AI()
	if err := checkVersion(stored.Version, expected); err != nil {
		return nil, err
	}
	model := stored.Model
	if change.Model.Given {
		model = change.Model.Value
	}
	credentials := connection.Credentials{Provider: change.Provider}
	switch {
	case change.APIKey.Value != nil:
		credentials.Key = *change.APIKey.Value
	case change.Provider == defaultAIProvider: // needs no key
	case change.APIKey.Given, !strings.EqualFold(change.Provider, stored.Provider), !stored.Configured:
		return nil, nil
	default:
		if credentials, err = s.reveal(stored.row); err != nil {
			return nil, apperr.NewUserError(apperr.KeyNotDecryptable, "input", "apiKey")
		}
		check, err := s.verify(ctx, id, ai, credentials, model)
		if check == nil {
			return nil, err
		}
		check.checked = stored.row.ciphertext
		if check.Status == connection.Invalid { // no save follows that would keep it
			keepErr := s.db.InTx(ctx, func(q *sqlc.Queries) error { return keepIfStored(ctx, q, id, ai, stored.row, check) })
			if keepErr != nil {
				return nil, keepErr
			}
		}
		return check, err
	}
	return s.verify(ctx, id, ai, credentials, model)
}

var errKeyRequired = apperr.NewUserError(apperr.KeyRequired, "input", "apiKey")

// RemoveAI is RemovePMS for the AI integration, which selects the shared tier.
func (s *Service) RemoveAI(ctx context.Context, id uuid.UUID) error {
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		before, err := lockAI(ctx, q, id)
		if err != nil {
			return err
		}
		if err := forgetCheck(ctx, q, id, ai); err != nil || before.provider == nil {
			return err
		}
		if err := q.AIIntegrationDelete(ctx, id); err != nil {
			return err
		}
		changes := s.changes(id, before, integrationRow{})
		return audit.Record(ctx, q, audit.Entry{Kind: audit.AIIntegrationRemoved, CompanyID: id, Changes: changes})
	})
}

// recordActor stores the principal of the request as the last one to change the
// integration.
func recordActor(ctx context.Context, q *sqlc.Queries, company uuid.UUID, of integration) error {
	if principal, err := auth.RequirePrincipal(ctx); err == nil {
		return q.IntegrationChangeUpsert(ctx, sqlc.IntegrationChangeUpsertParams{
			CompanyID: company, Integration: of.name, ActorEmail: principal.Email,
		})
	}
	return nil
}

// changes returns the differences between two rows for the audit log.
func (s *Service) changes(company uuid.UUID, before, after integrationRow) []audit.Change {
	return audit.Diff(s.auditFields(company, before), s.auditFields(company, after))
}

// auditFields returns the fields of a row for the audit log. Their names are those of
// the schema, except for inactive, which the schema does not have. An API key or secret
// is represented by its fingerprint, or by "unreadable" if no Fernet key decrypts it.
func (s *Service) auditFields(company uuid.UUID, row integrationRow) []audit.Field {
	var inactive *string
	if row.inactive {
		inactive = new("true")
	}
	return []audit.Field{
		{Name: "provider", Value: row.provider},
		{Name: "model", Value: row.model},
		{Name: "apiKey", Value: s.auditedKey(company, row.ciphertext)},
		{Name: "apiSecret", Value: s.auditedKey(company, row.secret)},
		{Name: "accountId", Value: row.account},
		{Name: "inactive", Value: inactive},
	}
}

func (s *Service) auditedKey(company uuid.UUID, ciphertext *string) *string {
	key := s.keyStatus(company, ciphertext)
	if !key.Decryptable {
		return new("unreadable")
	}
	return key.Fingerprint
}
