// Package company reads and changes what belongs to a company: its
// integrations and its configuration. Every change is written to the audit log
// in the same transaction; what would change nothing writes nothing.
package company

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/coalesce"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/internal/optional"
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
// holds a key. What takes work is done when it is asked for.
type Settings struct {
	row     sqlc.CompanySettingsRow
	service *Service
}

// Settings reads them in one statement. An unknown company is db.ErrNotFound.
func (s *Service) Settings(ctx context.Context, id uuid.UUID) (Settings, error) {
	row, found, err := s.settings.Load(ctx, id)
	if err == nil && !found {
		err = db.ErrNotFound
	}
	return Settings{row: row, service: s}, err
}

// PMS is the connection to the property management system.
func (s Settings) PMS() Integration {
	return Integration{
		stored:    stored{provider: s.row.PMSProvider, token: keyOrNone(s.row.PMSEncryptedKey)},
		UpdatedAt: s.row.PMSUpdatedAt, UpdatedBy: s.row.PMSUpdatedBy,
		company: s.row.ID, service: s.service, key: &recognised{},
	}
}

// AI is the connection to the AI provider.
func (s Settings) AI() Integration {
	return Integration{
		stored:    stored{provider: s.row.AIProvider, model: s.row.AIModel, token: keyOrNone(s.row.AIEncryptedKey)},
		UpdatedAt: s.row.AIUpdatedAt, UpdatedBy: s.row.AIUpdatedBy,
		company: s.row.ID, service: s.service, key: &recognised{},
	}
}

// GoogleConfigured tells whether the company has connected Google.
func (s Settings) GoogleConfigured() bool { return s.row.GoogleConfigured }

// ApartmentColumns are nil until saved.
func (s Settings) ApartmentColumns() (*ApartmentColumns, Version) {
	return readApartmentColumns(s.row.ApartmentColumns), apartmentColumns.version(s.row.ApartmentColumns)
}

// LateCheckIn has defaults until saved.
func (s Settings) LateCheckIn() (LateCheckIn, Version) {
	return readLateCheckIn(s.row.LateCheckIn), lateCheckIn.version(s.row.LateCheckIn)
}

// Integration is a connection to another service.
type Integration struct {
	stored
	UpdatedAt *time.Time // nil when none is set
	UpdatedBy *string    // e-mail address; nil when the other service wrote last

	company uuid.UUID
	service *Service
	key     *recognised
}

// recognised is what is known of a stored key once somebody has asked: opening
// it is the dearest part of showing an integration.
type recognised struct {
	once        sync.Once
	fingerprint *string
	decryptable bool
}

// Configured tells whether a key is stored.
func (i Integration) Configured() bool { return i.token != nil }

// Provider is as stored, for example "smoobu"; empty when none is set.
func (i Integration) Provider() string { return optional.OrZero(i.provider) }

// Model is nil when none is chosen.
func (i Integration) Model() *string { return i.model }

// Version names the stored state.
func (i Integration) Version() Version { return i.version() }

// Key recognises the stored key: fingerprint is nil when none is stored or no
// configured key opens it, and decryptable is false only for the latter.
func (i Integration) Key() (fingerprint *string, decryptable bool) {
	i.key.once.Do(func() { i.key.fingerprint, i.key.decryptable = i.service.fingerprint(i.company, i.token) })
	return i.key.fingerprint, i.key.decryptable
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
func keyOrNone(token *string) *string { return optional.Of(optional.OrZero(token)) }

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
