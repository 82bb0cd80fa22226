package model

import (
	"github.com/stay-sidekick/profile-server/graph/scalar"
	"github.com/stay-sidekick/profile-server/internal/company"
)

// PmsIntegration is the schema's PmsIntegration.
type PmsIntegration struct {
	Connection
	Provider *PmsProvider
}

// AiIntegration is the schema's AiIntegration.
type AiIntegration struct {
	Connection
	Provider       *AiProvider
	Model          *string
	UsesSharedTier bool
}

// Connection has the fields that every integration has.
type Connection struct {
	Configured bool
	UpdatedAt  *scalar.DateTime
	UpdatedBy  *string
	Version    string
	// Stored is what KeyStatus is about. The first of the fields with resolvers
	// gets the status, which takes a decryption.
	Stored    company.Integration
	KeyStatus *Once[company.KeyStatus]
}

// Provider is an enum of the schema whose values are stored in lower case.
type Provider interface {
	~string
	IsValid() bool
}
