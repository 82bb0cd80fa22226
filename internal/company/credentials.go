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

// defaultAIProvider is the provider of the shared tier.
const defaultAIProvider = "default"

// integration is one of the two integrations with an API key.
type integration struct {
	// name is that of profile.integration_changes and profile.connection_checks.
	name string
	// tested is the kind of the audit entry for a check.
	tested audit.Kind
	lock   func(ctx context.Context, q *sqlc.Queries, company uuid.UUID) (integrationRow, error)
}

var (
	pms = integration{"pms", audit.PMSIntegrationTested, lockPMS}
	ai  = integration{"ai", audit.AIIntegrationTested, lockAI}
)

// integrationRow is a stored integration, or the zero value for none.
type integrationRow struct {
	provider, model *string
	ciphertext      *string // of the API key; nil for none
	secret          *string // the ciphertext of Smoobu's secret; nil for none
	account         *string // Hostaway's account id; nil for none
	// inactive is set by the Python service only. A change here activates the row.
	inactive bool
}

// equal reports whether two rows have the same content.
func (r integrationRow) equal(other integrationRow) bool {
	return db.EqualValues(r.provider, other.provider) && db.EqualValues(r.model, other.model) && r.sameKey(other) &&
		r.inactive == other.inactive
}

// sameKey reports whether two rows have the same ciphertexts and account id.
func (r integrationRow) sameKey(other integrationRow) bool {
	return db.EqualValues(r.ciphertext, other.ciphertext) && db.EqualValues(r.secret, other.secret) && db.EqualValues(r.account, other.account)
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

// lockPMS reads the PMS integration and blocks other changes to the integrations of
// the company until the transaction ends. It locks the row of the company, because an
// integration that does not exist has no row.
func lockPMS(ctx context.Context, q *sqlc.Queries, company uuid.UUID) (integrationRow, error) {
	if _, err := q.CompanyLock(ctx, company); err != nil {
		return integrationRow{}, err
	}
	stored, err := q.PMSIntegrationForUpdate(ctx, company)
	if errors.Is(err, db.ErrNotFound) {
		return integrationRow{}, nil
	}
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

// pmsRow returns the row to store for credentials. Equal credentials keep the stored
// ciphertexts, and with them the last check.
func (s *Service) pmsRow(before integrationRow, c connection.Credentials) (after integrationRow, err error) {
	after = integrationRow{provider: &c.Provider, account: db.NilIfZero(c.Account)}
	if c.Secret != "" {
		if after.secret, err = s.encrypt(c.Secret, before.secret); err != nil {
			return after, err
		}
	}
	var keep *string
	if db.EqualValues(after.provider, before.provider) && db.EqualValues(after.account, before.account) && db.EqualValues(after.secret, before.secret) {
		keep = before.ciphertext
	}
	after.ciphertext, err = s.encrypt(c.Key, keep)
	return after, err
}

// encrypt returns keep when it is a ciphertext of text, or else a new ciphertext.
func (s *Service) encrypt(text string, keep *string) (*string, error) {
	if keep != nil {
		if stored, err := s.keys.Decrypt(*keep); err == nil && stored == text {
			return keep, nil
		}
	}
	ciphertext, err := s.keys.Encrypt(text)
	return &ciphertext, err
}

// storeCredentials stores the secret and the account id of a row, bound to its API key.
func storeCredentials(ctx context.Context, q *sqlc.Queries, company uuid.UUID, row integrationRow) error {
	if row.ciphertext == nil || row.secret == nil && row.account == nil {
		return q.PMSCredentialsDelete(ctx, company)
	}
	return q.PMSCredentialsStore(ctx, sqlc.PMSCredentialsStoreParams{
		CompanyID: company, CiphertextSha256: ciphertextSHA256(*row.ciphertext), EncryptedSecret: row.secret, AccountID: row.account,
	})
}

// reveal decrypts the credentials of a row. It returns a NotConfigured user error
// without an API key, and KeyNotDecryptable when no Fernet key decrypts it.
func (s *Service) reveal(row integrationRow) (c connection.Credentials, err error) {
	if row.ciphertext == nil {
		return c, apperr.NewUserError(apperr.NotConfigured)
	}
	c = connection.Credentials{Provider: strings.ToLower(db.ZeroIfNil(row.provider)), Account: db.ZeroIfNil(row.account)}
	if c.Key, err = s.keys.Decrypt(*row.ciphertext); err == nil && row.secret != nil {
		c.Secret, err = s.keys.Decrypt(*row.secret)
	}
	if err != nil {
		return connection.Credentials{}, apperr.NewUserError(apperr.KeyNotDecryptable)
	}
	return c, nil
}
