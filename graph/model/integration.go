package model

import (
	"strings"
	"time"

	"github.com/stay-sidekick/profile-server/graph/scalar"
	"github.com/stay-sidekick/profile-server/internal/company"
)

// PmsIntegration is the schema's PmsIntegration.
type PmsIntegration struct{ connection }

// Provider is the schema's provider.
func (i PmsIntegration) Provider() *PmsProvider { return known[PmsProvider](i.stored.Provider()) }

// AiIntegration is the schema's AiIntegration.
type AiIntegration struct{ connection }

// Provider is the schema's provider.
func (i AiIntegration) Provider() *AiProvider { return known[AiProvider](i.stored.Provider()) }

// Model is the schema's model.
func (i AiIntegration) Model() *string { return i.stored.Model() }

// UsesSharedTier is the schema's usesSharedTier.
func (i AiIntegration) UsesSharedTier() bool { return !i.Configured() }

// connection has the fields that every integration has.
type connection struct{ stored company.Integration }

func (c connection) Configured() bool            { return c.stored.Configured() }
func (c connection) UpdatedAt() *scalar.DateTime { return dateTime(c.stored.UpdatedAt) }
func (c connection) UpdatedBy() *string          { return c.stored.UpdatedBy }
func (c connection) Version() string             { return string(c.stored.Version()) }

func (c connection) KeyFingerprint() *string {
	fingerprint, _ := c.stored.Key()
	return fingerprint
}

func (c connection) Decryptable() bool {
	_, decryptable := c.stored.Key()
	return decryptable
}

// Provider is an enum of the schema whose values are stored in lower case.
type Provider interface {
	~string
	IsValid() bool
}

// known answers nil for a provider that the schema does not know.
func known[P Provider](stored string) *P {
	p := P(strings.ToUpper(stored))
	if !p.IsValid() {
		return nil
	}
	return &p
}

func dateTime(t *time.Time) *scalar.DateTime {
	if t == nil {
		return nil
	}
	return new(scalar.NewDateTime(*t))
}
