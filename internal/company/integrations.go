package company

import (
	"context"
	"reflect"
	"strings"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/connection"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// defaultAIProvider is the provider of the shared tier.
const defaultAIProvider = "default"

var errKeyRequired = apperr.NewUserError(apperr.KeyRequired, "input", "apiKey")

// Change is a change of an integration. It replaces the stored credentials as a whole,
// except with KeepKey.
type Change struct {
	connection.Credentials // an empty Key removes the API key
	// KeepKey keeps the stored API key instead of Key. The AI provider "default" keeps
	// none.
	KeepKey bool
	// Model is nil for none. KeepModel keeps the stored one instead.
	Model     *string
	KeepModel bool
	// Verify checks the API key first: the given one or, with KeepKey, the stored one.
	Verify bool
}

// Set stores an integration. With Verify it returns the check, nil when there is no key
// to check, and rejects an API key that is Invalid with an InvalidKey user error. Other
// user errors are Conflict when expected is not the stored version, NotApplicable,
// AccountIDRequired, KeyRequired for KeepKey with another provider, and
// KeyNotDecryptable for a stored key to verify. It returns db.ErrNotFound for an unknown
// company.
func (s *Service) Set(ctx context.Context, id uuid.UUID, of Kind, change Change, expected *Version) (check *Check, err error) {
	if err := checkApplicable(change.Credentials, change.Verify); err != nil {
		return nil, err
	}
	if change.Verify {
		if check, err = s.verify(ctx, id, of, change, expected); err != nil {
			return check, err
		}
	}
	return check, s.db.InTx(ctx, func(q *sqlc.Queries) error {
		before, err := lock(ctx, q, id, of)
		if err != nil {
			return err
		}
		if err := checkVersion(before.version(), expected); err != nil {
			return err
		}
		after, err := s.changed(before, change)
		if err != nil {
			return err
		}
		if err := keepVerified(ctx, q, id, of, before, after, check); err != nil || reflect.DeepEqual(before, after) {
			return err
		}
		if err := kinds[of].store(ctx, q, id, after); err != nil {
			return err
		}
		if err := recordActor(ctx, q, id, of); err != nil {
			return err
		}
		return audit.Record(ctx, q, audit.Entry{Kind: kinds[of].set, CompanyID: id, Changes: s.changes(id, before, after)})
	})
}

// changed returns the row to store for a change. Equal credentials keep the stored
// ciphertexts, and with them the last check.
func (s *Service) changed(before integrationRow, change Change) (after integrationRow, err error) {
	after = integrationRow{provider: &change.Provider, model: change.Model, account: db.NilIfZero(change.Account)}
	if change.KeepModel {
		after.model = before.model
	}
	if after.secret, err = s.encrypt(change.Secret, before.secret); err != nil {
		return after, err
	}
	// A stored API key belongs to its provider. The shared tier needs none.
	sameProvider := strings.EqualFold(change.Provider, db.ZeroIfNil(before.provider))
	switch {
	case !change.KeepKey:
		var keep *string
		if sameProvider && db.EqualValues(after.account, before.account) && db.EqualValues(after.secret, before.secret) {
			keep = before.ciphertext
		}
		after.ciphertext, err = s.encrypt(change.Key, keep)
	case change.Provider == defaultAIProvider:
	case sameProvider:
		after.ciphertext = before.ciphertext
	default:
		err = errKeyRequired
	}
	return after, err
}

// Remove deletes an integration, if any, and what was stored with its API key, also when
// the Python service has deleted the integration. Without an AI integration the company
// uses the shared tier. It returns db.ErrNotFound for an unknown company.
func (s *Service) Remove(ctx context.Context, id uuid.UUID, of Kind) error {
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		before, err := lock(ctx, q, id, of)
		if err != nil {
			return err
		}
		if err := forgetCheck(ctx, q, id, of); err != nil {
			return err
		}
		if err := kinds[of].remove(q, ctx, id); err != nil || before.provider == nil {
			return err
		}
		changes := s.changes(id, before, integrationRow{})
		return audit.Record(ctx, q, audit.Entry{Kind: kinds[of].removed, CompanyID: id, Changes: changes})
	})
}

// recordActor stores the principal of the request as the last one to change the
// integration.
func recordActor(ctx context.Context, q *sqlc.Queries, company uuid.UUID, of Kind) error {
	if principal, err := auth.RequirePrincipal(ctx); err == nil {
		return q.IntegrationChangeUpsert(ctx, sqlc.IntegrationChangeUpsertParams{
			CompanyID: company, Integration: string(of), ActorEmail: principal.Email,
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
