package model

import (
	"github.com/stay-sidekick/profile-server/internal/company"
	"github.com/stay-sidekick/profile-server/internal/scalar"
)

// PmsIntegration is the schema's PmsIntegration.
type PmsIntegration struct {
	Connection
	Provider  *PmsProvider
	AccountID *string
}

// AiIntegration is the schema's AiIntegration.
type AiIntegration struct {
	Connection
	Provider       *AiProvider
	Model          *string
	UsesSharedTier bool
}

// Connection has the fields of every integration with an API key.
type Connection struct {
	ForViewer
	Configured bool
	UpdatedAt  *scalar.DateTime
	UpdatedBy  *string
	Version    string
	// Integration is what the fields show.
	Integration company.Integration
	// LastChecks reads the last checks, once for both integrations of a company.
	LastChecks func() (company.LastChecks, error)
	// KeyStatus decrypts the API key, once for all fields of the object.
	KeyStatus func() company.KeyStatus
}

// KeyFingerprint is the schema's keyFingerprint.
func (c Connection) KeyFingerprint() *string { return c.KeyStatus().Fingerprint }

// Decryptable is the schema's decryptable.
func (c Connection) Decryptable() bool { return c.KeyStatus().Decryptable }

// Provider is an enum of providers. The database stores its values in lower case.
type Provider interface {
	~string
	IsValid() bool
}
