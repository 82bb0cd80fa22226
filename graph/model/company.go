package model

import (
	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/graph/scalar"
	"github.com/stay-sidekick/profile-server/internal/company"
)

// Company is the schema's Company.
type Company struct {
	ID   uuid.UUID
	Name string
	// Settings reads what the company's other fields show, at most once for
	// all of them.
	Settings func() (company.Settings, error)
}

// Integrations is the schema's integrations.
func (c *Company) Integrations() (Integrations, error) {
	settings, err := c.Settings()
	if err != nil {
		return Integrations{}, err
	}
	return Integrations{
		Pms:    PmsIntegration{connection{settings.PMS()}},
		Ai:     AiIntegration{connection{settings.AI()}},
		Google: GoogleIntegration{Configured: settings.GoogleConfigured()},
	}, nil
}

// ApartmentColumns is the schema's apartmentColumns.
func (c *Company) ApartmentColumns() (*ApartmentColumns, error) {
	settings, err := c.Settings()
	if err != nil {
		return nil, err
	}
	columns, version := settings.ApartmentColumns()
	if columns == nil {
		return nil, nil
	}
	return &ApartmentColumns{
		ExternalID: columns.ExternalID, Name: columns.Name, Address: columns.Address, City: columns.City,
		Version: string(version),
	}, nil
}

// LateCheckIn is the schema's lateCheckIn.
func (c *Company) LateCheckIn() (LateCheckInConfig, error) {
	settings, err := c.Settings()
	if err != nil {
		return LateCheckInConfig{}, err
	}
	config, version := settings.LateCheckIn()
	return LateCheckInConfig{
		Cutoff:  config.Cutoff,
		Version: string(version),
		Columns: LateCheckInColumns{
			GuestName:   orNull(config.GuestName),
			CheckIn:     orNull(config.CheckIn),
			ArrivalTime: orNull(config.ArrivalTime),
			Phone:       orNull(config.Phone),
			Apartment:   orNull(config.Apartment),
		},
	}, nil
}

// orNull takes "", as both services store it, for no column.
func orNull(letters scalar.ColumnLetters) *scalar.ColumnLetters {
	if letters == "" {
		return nil
	}
	return &letters
}
