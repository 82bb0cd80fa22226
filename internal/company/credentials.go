package company

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/connection"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// Kind is one of the two integrations with an API key. The value is that of
// profile.integration_changes and profile.connection_checks.
type Kind string

// The integrations with an API key.
const (
	PMS Kind = "pms"
	AI  Kind = "ai"
)

// kinds are the kinds of the audit entries and the statements of each integration. read
// locks the row until the transaction ends, store inserts or replaces it, and remove also
// deletes what is stored with the API key.
var kinds = map[Kind]struct {
	set, removed, tested audit.Kind
	read                 func(ctx context.Context, q *sqlc.Queries, company uuid.UUID) (integrationRow, error)
	store                func(ctx context.Context, q *sqlc.Queries, company uuid.UUID, row integrationRow) error
	remove               func(q *sqlc.Queries, ctx context.Context, company uuid.UUID) error
}{
	PMS: {
		audit.PMSIntegrationSet, audit.PMSIntegrationRemoved, audit.PMSIntegrationTested,
		readPMS, storePMS, (*sqlc.Queries).PMSIntegrationDelete,
	},
	AI: {
		audit.AIIntegrationSet, audit.AIIntegrationRemoved, audit.AIIntegrationTested,
		readAI, storeAI, (*sqlc.Queries).AIIntegrationDelete,
	},
}

// integrationRow is a stored integration, or the zero value for none.
type integrationRow struct {
	provider, model *string
	ciphertext      *string // of the API key; nil for none
	secret          *string // the ciphertext of Smoobu's secret; nil for none
	account         *string // Hostaway's account id; nil for none
	// inactive is set by the Python service only. A change here activates the row.
	inactive bool
}

// sameKey reports whether two rows have the same API key, with the same secret and
// account id, whose changes come with a new ciphertext of the key.
func (r integrationRow) sameKey(other integrationRow) bool {
	return db.EqualValues(r.provider, other.provider) && db.EqualValues(r.ciphertext, other.ciphertext)
}

// ciphertextSHA256 binds what this service stores about an API key to its ciphertext,
// which the Python service may replace.
func ciphertextSHA256(ciphertext string) []byte {
	sum := sha256.Sum256([]byte(ciphertext))
	return sum[:]
}

// ciphertextOrNil returns nil for an empty ciphertext, which the Python service may
// store for no API key.
func ciphertextOrNil(stored *string) *string { return db.NilIfZero(db.ZeroIfNil(stored)) }

// lock reads an integration and blocks other changes to the integrations of the company
// until the transaction ends. It locks the row of the company, because an integration
// that does not exist has no row.
func lock(ctx context.Context, q *sqlc.Queries, company uuid.UUID, of Kind) (integrationRow, error) {
	if _, err := q.CompanyLock(ctx, company); err != nil {
		return integrationRow{}, err
	}
	row, err := kinds[of].read(ctx, q, company)
	if errors.Is(err, db.ErrNotFound) {
		return integrationRow{}, nil
	}
	return row, err
}

func readPMS(ctx context.Context, q *sqlc.Queries, company uuid.UUID) (integrationRow, error) {
	stored, err := q.PMSIntegrationForUpdate(ctx, company)
	row := integrationRow{provider: &stored.Provider, ciphertext: ciphertextOrNil(stored.EncryptedKey), inactive: !stored.Active}
	if err != nil || row.ciphertext == nil {
		return row, err
	}
	// A join would read these as they were before the wait for the lock.
	credentials, err := q.PMSCredentialsForUpdate(ctx, sqlc.PMSCredentialsForUpdateParams{CompanyID: company, CiphertextSha256: ciphertextSHA256(*row.ciphertext)})
	if errors.Is(err, db.ErrNotFound) {
		return row, nil
	}
	row.secret, row.account = credentials.EncryptedSecret, credentials.AccountID
	return row, err
}

func readAI(ctx context.Context, q *sqlc.Queries, company uuid.UUID) (integrationRow, error) {
	row, err := q.AIIntegrationForUpdate(ctx, company)
	return integrationRow{provider: &row.Provider, model: row.Model, ciphertext: ciphertextOrNil(row.EncryptedKey), inactive: !row.Active}, err
}

// storePMS also stores the secret and the account id, bound to the API key.
func storePMS(ctx context.Context, q *sqlc.Queries, company uuid.UUID, row integrationRow) error {
	err := q.PMSIntegrationUpsert(ctx, sqlc.PMSIntegrationUpsertParams{
		ID: uuid.New(), CompanyID: company, Provider: *row.provider, EncryptedKey: row.ciphertext,
	})
	if err != nil {
		return err
	}
	if row.ciphertext == nil || row.secret == nil && row.account == nil {
		return q.PMSCredentialsDelete(ctx, company)
	}
	return q.PMSCredentialsStore(ctx, sqlc.PMSCredentialsStoreParams{
		CompanyID: company, CiphertextSha256: ciphertextSHA256(*row.ciphertext), EncryptedSecret: row.secret, AccountID: row.account,
	})
}

func storeAI(ctx context.Context, q *sqlc.Queries, company uuid.UUID, row integrationRow) error {
	return q.AIIntegrationUpsert(ctx, sqlc.AIIntegrationUpsertParams{
		ID: uuid.New(), CompanyID: company, Provider: *row.provider, Model: row.model, EncryptedKey: row.ciphertext,
	})
}

// checkApplicable returns a NotApplicable user error for a secret or an account id that
// the provider does not have, and AccountIDRequired when a check needs one.
func checkApplicable(c connection.Credentials, forCheck bool) error {
	switch {
	case c.Secret != "" && c.Provider != connection.Smoobu:
		return apperr.NewUserError(apperr.NotApplicable, "input", "apiSecret")
	case c.Account != "" && c.Provider != connection.Hostaway:
		return apperr.NewUserError(apperr.NotApplicable, "input", "accountId")
	case c.Account == "" && c.Provider == connection.Hostaway && forCheck:
		return apperr.NewUserError(apperr.AccountIDRequired, "input", "accountId")
	}
	return nil
}

// encrypt returns keep when it is a ciphertext of text, or else a new ciphertext; nil for
// no text.
func (s *Service) encrypt(text string, keep *string) (*string, error) {
	if text == "" {
		return nil, nil
	}
	if keep != nil {
		if stored, err := s.keys.Decrypt(*keep); err == nil && stored == text {
			return keep, nil
		}
	}
	ciphertext, err := s.keys.Encrypt(text)
	return &ciphertext, err
}

// reveal decrypts the credentials of a row for a check. It returns a NotConfigured user
// error without an API key, KeyNotDecryptable when no Fernet key decrypts it, and
// AccountIDRequired.
func (s *Service) reveal(row integrationRow) (c connection.Credentials, err error) {
	if row.ciphertext == nil {
		return c, apperr.NewUserError(apperr.NotConfigured)
	}
	c = connection.Credentials{Provider: strings.ToLower(db.ZeroIfNil(row.provider)), Account: db.ZeroIfNil(row.account)}
	if c.Key, err = s.keys.Decrypt(*row.ciphertext); err == nil && row.secret != nil {
		c.Secret, err = s.keys.Decrypt(*row.secret)
	}
	switch {
	case err != nil:
		return connection.Credentials{}, apperr.NewUserError(apperr.KeyNotDecryptable)
	case c.Provider == connection.Hostaway && c.Account == "":
		return c, apperr.NewUserError(apperr.AccountIDRequired)
	}
	return c, nil
}
