// Package company reads and changes what belongs to a company: its
// integrations and its configuration. Every change is written to the audit log
// in the same transaction; what would change nothing writes nothing.
package company

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/internal/keyring"
)

// Service works on the company that each call names; it does not check who
// asks: the schema's directives do.
type Service struct {
	db       *db.DB
	keys     *keyring.Ring
	settings *db.Loader[uuid.UUID, sqlc.CompanySettingsRow]
}

// New makes a Service that encrypts keys with the primary key of the ring.
func New(d *db.DB, keys *keyring.Ring) *Service {
	return &Service{db: d, keys: keys, settings: settingsByID(d)}
}

// settingsByID is how the settings that many requests ask for are read.
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

// Settings is everything that the profile area shows of a company, as it was
// read. Its methods convert what they return.
type Settings struct{ row sqlc.CompanySettingsRow }

// Settings reads them in one statement. An unknown company is db.ErrNotFound.
func (s *Service) Settings(ctx context.Context, id uuid.UUID) (Settings, error) {
	row, found, err := s.settings.Load(ctx, id)
	if err == nil && !found {
		err = db.ErrNotFound
	}
	return Settings{row}, err
}

// PMS is the connection to the property management system.
func (s Settings) PMS() Integration {
	row := integrationRow{provider: s.row.PMSProvider, ciphertext: ciphertextOrNil(s.row.PMSEncryptedKey)}
	return newIntegration(s.row.ID, row, s.row.PMSUpdatedAt, s.row.PMSUpdatedBy)
}

// AI is the connection to the AI provider.
func (s Settings) AI() Integration {
	row := integrationRow{provider: s.row.AIProvider, model: s.row.AIModel, ciphertext: ciphertextOrNil(s.row.AIEncryptedKey)}
	return newIntegration(s.row.ID, row, s.row.AIUpdatedAt, s.row.AIUpdatedBy)
}

// GoogleConfigured reports whether the company has connected Google.
func (s Settings) GoogleConfigured() bool { return s.row.GoogleConfigured }

// ApartmentColumns are nil until saved.
func (s Settings) ApartmentColumns() (*ApartmentColumns, Version) {
	return readApartmentColumns(s.row.ApartmentColumns)
}

// LateCheckIn has defaults until saved.
func (s Settings) LateCheckIn() (LateCheckIn, Version) { return readLateCheckIn(s.row.LateCheckIn) }

// Integration is a connection to another service. It never shows the key.
type Integration struct {
	Configured bool       // whether a key is stored
	Provider   string     // as stored, for example "smoobu"; empty when none is set
	Model      *string    // nil when none is chosen
	UpdatedAt  *time.Time // nil when none is set
	UpdatedBy  *string    // e-mail address; nil when another service wrote last
	Version    Version    // of the stored state

	company    uuid.UUID
	ciphertext *string
}

func newIntegration(company uuid.UUID, row integrationRow, updatedAt *time.Time, updatedBy *string) Integration {
	return Integration{
		Configured: row.ciphertext != nil,
		Provider:   db.ZeroIfNil(row.provider),
		Model:      row.model,
		UpdatedAt:  updatedAt,
		UpdatedBy:  updatedBy,
		Version:    row.version(),
		company:    company,
		ciphertext: row.ciphertext,
	}
}

// KeyStatus is what an integration shows of its key.
type KeyStatus struct {
	// Fingerprint is nil when no key is stored, or none that can be decrypted.
	Fingerprint *string
	// Decryptable is false when a key is stored that no configured key decrypts.
	Decryptable bool
}

// KeyStatus decrypts the key of an integration.
func (s *Service) KeyStatus(i Integration) KeyStatus { return s.keyStatus(i.company, i.ciphertext) }

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
