// Package company reads and changes the integrations and the configuration of a
// company. Every change writes an entry to the audit log in the same transaction. A
// call that changes nothing writes nothing.
package company

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/connection"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/internal/keyring"
)

// Service reads and changes companies. It does not authorize the caller: the
// directives of the schema do.
type Service struct {
	db       *db.DB
	keys     *keyring.Ring
	checker  *connection.Checker
	now      func() time.Time
	settings *db.Loader[uuid.UUID, sqlc.CompanySettingsRow]
}

// New returns a Service that encrypts API keys with the primary key of the ring, and
// checks them with checker. now is the clock of the checker.
func New(d *db.DB, keys *keyring.Ring, checker *connection.Checker, now func() time.Time) *Service {
	return &Service{db: d, keys: keys, checker: checker, now: now, settings: settingsByID(d)}
}

// settingsByID returns a loader that reads the settings of several companies in one
// statement.
func settingsByID(d *db.DB) *db.Loader[uuid.UUID, sqlc.CompanySettingsRow] {
	return db.NewLoader(func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]sqlc.CompanySettingsRow, error) {
		rows, err := d.Queries().CompanySettings(ctx, ids)
		settings := make(map[uuid.UUID]sqlc.CompanySettingsRow, len(rows))
		for _, row := range rows {
			settings[row.ID] = row
		}
		return settings, err
	})
}

// Settings are all settings of a company. Each method decodes its part of the row.
type Settings struct{ row sqlc.CompanySettingsRow }

// Settings reads the settings of a company. It returns db.ErrNotFound for an unknown
// company.
func (s *Service) Settings(ctx context.Context, id uuid.UUID) (Settings, error) {
	row, found, err := s.settings.Load(ctx, id)
	if err == nil && !found {
		err = db.ErrNotFound
	}
	return Settings{row}, err
}

// Integration returns one of the integrations with an API key.
func (s Settings) Integration(of Kind) Integration {
	i := Integration{company: s.row.ID, kind: of}
	if of == AI {
		i.row = integrationRow{provider: s.row.AIProvider, model: s.row.AIModel, ciphertext: ciphertextOrNil(s.row.AIEncryptedKey)}
		i.UpdatedAt, i.UpdatedBy = s.row.AIUpdatedAt, s.row.AIUpdatedBy
	} else {
		i.row = integrationRow{
			provider: s.row.PMSProvider, ciphertext: ciphertextOrNil(s.row.PMSEncryptedKey),
			secret: s.row.PMSEncryptedSecret, account: s.row.PMSAccountID,
		}
		i.UpdatedAt, i.UpdatedBy = s.row.PMSUpdatedAt, s.row.PMSUpdatedBy
	}
	i.Configured, i.Provider, i.Model = i.row.ciphertext != nil, db.ZeroIfNil(i.row.provider), i.row.model
	i.AccountID, i.Version = i.row.account, i.row.version()
	return i
}

// GoogleConfigured reports whether the company has connected Google.
func (s Settings) GoogleConfigured() bool { return s.row.GoogleConfigured }

// ApartmentColumns returns nil until they are saved.
func (s Settings) ApartmentColumns() (*ApartmentColumns, Version) {
	return apartmentColumns.read(s.row.ApartmentColumns)
}

// LateCheckIn returns defaults until it is saved.
func (s Settings) LateCheckIn() (LateCheckIn, Version) {
	config, version := lateCheckIn.read(s.row.LateCheckIn)
	return *config, version
}

// Integration is a connection to an external service. It does not expose the API key.
type Integration struct {
	Configured bool       // an API key is stored
	Provider   string     // as stored, such as "smoobu"; "" for none
	Model      *string    // nil for none
	UpdatedAt  *time.Time // nil for none
	UpdatedBy  *string    // e-mail address; nil if the Python service wrote last
	AccountID  *string    // Hostaway's account id; nil for none
	Version    Version    // of the stored state

	company uuid.UUID
	kind    Kind
	row     integrationRow
}

// KeyStatus describes the API key of an integration.
type KeyStatus struct {
	// Fingerprint is nil without an API key, and for one that no Fernet key decrypts.
	Fingerprint *string
	// Decryptable is false for a stored API key or secret that no Fernet key decrypts.
	Decryptable bool
}

// KeyStatus decrypts the API key of an integration, and the secret that belongs to it.
func (s *Service) KeyStatus(i Integration) KeyStatus {
	status := s.keyStatus(i.company, i.row.ciphertext)
	status.Decryptable = status.Decryptable && s.keyStatus(i.company, i.row.secret).Decryptable
	return status
}

func (s *Service) keyStatus(company uuid.UUID, ciphertext *string) KeyStatus {
	if ciphertext == nil {
		return KeyStatus{Decryptable: true}
	}
	key, err := s.keys.Decrypt(*ciphertext)
	if err != nil {
		return KeyStatus{}
	}
	return KeyStatus{Fingerprint: new(s.keys.Fingerprint(company.String(), key)), Decryptable: true}
}

// AuditLog returns a page of the audit log of a company, newest entries first, and
// whether there are older entries.
func (s *Service) AuditLog(ctx context.Context, id uuid.UUID, query audit.Query) (entries []audit.StoredEntry, more bool, err error) {
	return audit.Read(ctx, s.db.Queries(), id, query)
}
