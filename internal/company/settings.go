// Package company reads and changes what belongs to a company: its
// integrations and its configuration.
package company

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/secret"
)

// Service works on the company that each call names; it does not check who
// asks: the schema's directives do.
type Service struct {
	db   *db.DB
	keys *secret.Ring
}

// New makes a Service that encrypts keys with the primary key of the ring.
func New(db *db.DB, keys *secret.Ring) *Service {
	return &Service{db: db, keys: keys}
}

// Settings is everything that the profile area shows of a company. It never
// holds a key.
type Settings struct {
	PMS              Integration
	AI               Integration
	GoogleConfigured bool
	ApartmentColumns *ApartmentColumns // nil until saved
	LateCheckIn      LateCheckIn
}

// Integration is a connection to another service.
type Integration struct {
	Configured bool   // a key is stored
	Provider   string // as stored, for example "smoobu"; empty when none is set
	Model      *string
	UpdatedAt  *time.Time // nil when none is set
}

// Settings reads them in one statement. An unknown company is db.ErrNotFound.
func (s *Service) Settings(ctx context.Context, id uuid.UUID) (Settings, error) {
	row, err := s.db.Queries().CompanySettings(ctx, id)
	if err != nil {
		return Settings{}, err
	}
	return Settings{
		PMS: Integration{
			Configured: row.PMSConfigured,
			Provider:   orEmpty(row.PMSProvider),
			UpdatedAt:  row.PMSUpdatedAt,
		},
		AI: Integration{
			Configured: row.AIConfigured,
			Provider:   orEmpty(row.AIProvider),
			Model:      row.AIModel,
			UpdatedAt:  row.AIUpdatedAt,
		},
		GoogleConfigured: row.GoogleConfigured,
		ApartmentColumns: readApartmentColumns(row.ApartmentColumns),
		LateCheckIn:      readLateCheckIn(row.LateCheckIn),
	}, nil
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
