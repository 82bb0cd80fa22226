package model

import (
	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/company"
)

// Company is the schema's Company.
type Company struct {
	ForViewer
	ID   uuid.UUID
	Name string
	// Settings reads the settings, once for all fields of the object.
	Settings func() (company.Settings, error)
}
