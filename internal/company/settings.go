// Package company reads and changes what belongs to a company: its
// integrations and its configuration. Every change is written to the audit log
// in the same transaction; what would change nothing writes nothing.
package company

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/coalesce"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/internal/secret"
)

// Service works on the company that each call names; it does not check who
// asks: the schema's directives do.
type Service struct {
	db       *db.DB
	keys     *secret.Ring
	settings *coalesce.Loader[uuid.UUID, sqlc.CompanySettingsRow]
}

// New makes a Service that encrypts keys with the primary key of the ring.
func New(d *db.DB, keys *secret.Ring) *Service {
	return &Service{db: d, keys: keys, settings: settingsByID(d)}
}

// settingsByID is how the settings that many requests ask for are read.
func settingsByID(d *db.DB) *coalesce.Loader[uuid.UUID, sqlc.CompanySettingsRow] {
	return coalesce.New(func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]sqlc.CompanySettingsRow, error) {
		rows, err := d.Queries().CompanySettings(ctx, ids)
		settings := make(map[uuid.UUID]sqlc.CompanySettingsRow, len(rows))
		for _, row := range rows {
			settings[row.ID] = row
		}
		return settings, err
	})
}

// Settings is everything that the profile area shows of a company. It never
// holds a key.
type Settings struct {
	PMS              Integration
	AI               Integration
	GoogleConfigured bool
	ApartmentColumns *ApartmentColumns // nil until saved
	LateCheckIn      LateCheckIn

	ApartmentColumnsVersion Version
	LateCheckInVersion      Version
}

// Integration is a connection to another service.
type Integration struct {
	Configured bool   // a key is stored
	Provider   string // as stored, for example "smoobu"; empty when none is set
	Model      *string
	UpdatedAt  *time.Time // nil when none is set
	UpdatedBy  *string    // e-mail address; nil when the other service wrote last

	// Decryptable tells whether a configured key opens the stored one; true
	// when none is stored.
	Decryptable bool
	// Fingerprint recognises the stored key; nil when none is stored or it
	// cannot be decrypted.
	Fingerprint *string
	Version     Version
}

// Settings reads them in one statement. An unknown company is db.ErrNotFound.
func (s *Service) Settings(ctx context.Context, id uuid.UUID) (Settings, error) {
	row, found, err := s.settings.Load(ctx, id)
	if err != nil {
		return Settings{}, err
	}
	if !found {
		return Settings{}, db.ErrNotFound
	}
	pms := s.integration(id, stored{provider: row.PMSProvider, token: keyOrNone(row.PMSEncryptedKey)})
	pms.UpdatedAt, pms.UpdatedBy = row.PMSUpdatedAt, row.PMSUpdatedBy
	ai := s.integration(id, stored{provider: row.AIProvider, model: row.AIModel, token: keyOrNone(row.AIEncryptedKey)})
	ai.UpdatedAt, ai.UpdatedBy = row.AIUpdatedAt, row.AIUpdatedBy
	return Settings{
		PMS:                     pms,
		AI:                      ai,
		GoogleConfigured:        row.GoogleConfigured,
		ApartmentColumns:        readApartmentColumns(row.ApartmentColumns),
		LateCheckIn:             readLateCheckIn(row.LateCheckIn),
		ApartmentColumnsVersion: apartmentColumns.version(row.ApartmentColumns),
		LateCheckInVersion:      lateCheckIn.version(row.LateCheckIn),
	}, nil
}

// stored is an integration as its row has it; all nil when there is none.
type stored struct {
	provider, model, token *string
	// inactive is how the other service may have left it; a change here makes
	// it active again.
	inactive bool
}

// keyOrNone takes an empty key, as the other service may have stored one, for
// none.
func keyOrNone(token *string) *string { return orNil(orEmpty(token)) }

func (s *Service) integration(company uuid.UUID, row stored) Integration {
	fingerprint, decryptable := s.fingerprint(company, row.token)
	return Integration{
		Configured:  row.token != nil,
		Provider:    orEmpty(row.provider),
		Model:       row.model,
		Decryptable: decryptable,
		Fingerprint: fingerprint,
		Version:     row.version(),
	}
}

// fingerprint of a stored key; false when no configured key opens it.
func (s *Service) fingerprint(company uuid.UUID, token *string) (*string, bool) {
	if token == nil {
		return nil, true
	}
	key, err := s.keys.Decrypt(*token)
	if err != nil {
		return nil, false
	}
	return new(s.keys.Fingerprint(company.String(), key)), true
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
