package model

import (
	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/company"
)

// Company is the schema's Company.
type Company struct {
	ForViewer
	ID   uuid.UUID
	Name string
	// Settings is what the fields with resolvers show. The first of them reads it.
	Settings *Once[company.Settings]
}

// CompanyOf returns the company of a principal. Its settings are not read yet.
func CompanyOf(p *auth.Principal) Company {
	return Company{ForViewer: ForViewer{p}, ID: p.CompanyID, Name: p.CompanyName, Settings: &Once[company.Settings]{}}
}
