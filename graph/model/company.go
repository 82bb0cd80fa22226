package model

import (
	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/company"
	"github.com/stay-sidekick/profile-server/internal/optional"
)

// Company is the schema's Company.
type Company struct {
	ForViewer
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
		Columns: LateCheckInColumns{ // "" is how both services store no column
			GuestName:   optional.Of(config.GuestName),
			CheckIn:     optional.Of(config.CheckIn),
			ArrivalTime: optional.Of(config.ArrivalTime),
			Phone:       optional.Of(config.Phone),
			Apartment:   optional.Of(config.Apartment),
		},
	}, nil
}
