package model

import (
	"github.com/google/uuid"

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
