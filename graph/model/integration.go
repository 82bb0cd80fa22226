package model

import (
	"context"

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
	// Check reads the last check.
	Check func(context.Context) (*ConnectionCheck, error)
	// KeyStatus decrypts the API key, once for all fields of the object.
	KeyStatus func() company.KeyStatus
}

// KeyFingerprint is the schema's keyFingerprint.
func (c Connection) KeyFingerprint() *string { return c.KeyStatus().Fingerprint }

// Decryptable is the schema's decryptable.
func (c Connection) Decryptable() bool { return c.KeyStatus().Decryptable }

// LastCheck is the schema's lastCheck.
func (c Connection) LastCheck(ctx context.Context) (*ConnectionCheck, error) { return c.Check(ctx) }

// Provider is an enum of providers. The database stores its values in lower case.
type Provider interface {
	~string
	IsValid() bool
}
