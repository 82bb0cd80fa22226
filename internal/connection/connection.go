// Package connection asks a PMS or AI provider whether it accepts an API key. It stores
// nothing and knows no company but as the owner of a slot.
package connection

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Credentials are what a provider issued to a company.
type Credentials struct {
	// Provider is a provider as both services store it, such as "smoobu".
	Provider string
	Key      string
	// Secret belongs to Smoobu, Account to Hostaway; "" for none.
	Secret  string
	Account string
}

// Status is the outcome of a check. The values are those of the schema.
type Status string

// The statuses.
const (
	Valid        Status = "VALID"
	Invalid      Status = "INVALID"
	Restricted   Status = "RESTRICTED"
	RateLimited  Status = "RATE_LIMITED"
	Unverifiable Status = "UNVERIFIABLE"
)

// Reason explains a status. VALID has none, "".
type Reason string

// The reasons.
const (
	KeyRejected          Reason = "KEY_REJECTED"
	KeyMalformed         Reason = "KEY_MALFORMED"
	KeyOfAnotherProvider Reason = "KEY_OF_ANOTHER_PROVIDER"
	WrongKind            Reason = "WRONG_KIND"
	MissingPermission    Reason = "MISSING_PERMISSION"
	NoCredit             Reason = "NO_CREDIT"
	ProviderBusy         Reason = "PROVIDER_BUSY"
	ProviderUnreachable  Reason = "PROVIDER_UNREACHABLE"
	ProviderError        Reason = "PROVIDER_ERROR"
	ChecksOff            Reason = "CHECKS_OFF"
	NoProvider           Reason = "NO_PROVIDER"
)

// Check is the result of a check.
type Check struct {
	Status Status
	Reason Reason
	// At is the time when the check started, Duration its length in milliseconds.
	At       time.Time
	Duration time.Duration
	// Account names the account of the key at the provider: at most 100 printable
	// characters, "" when it is unknown.
	Account string
	// Models are the AI models that the key may use, sorted, at most 500.
	Models []string
}

// Checker asks providers.
type Checker struct{}

// Check asks the provider of the credentials. It never fails: what cannot be verified
// is Unverifiable. A cancelled context cancels the call.
func (c *Checker) Check(ctx context.Context, credentials Credentials) Check {
	panic("not implemented")
}

// Acquire takes a slot for a check of a company. release gives it back. It returns an
// apperr.Error with the code OVERLOADED when the company or the process has no free
// slot.
func (c *Checker) Acquire(company uuid.UUID) (release func(), err error) {
	panic("not implemented")
}

// Close waits for requests that outlive a check, such as the deletion of a token.
func (c *Checker) Close() {}
