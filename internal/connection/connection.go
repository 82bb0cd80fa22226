// Package connection asks a PMS or AI provider whether it accepts an API key. It stores
// nothing. Nothing that a provider sends leaves the package, except the label of an
// account and names of models, cleaned and shortened.
package connection

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// The providers that can be asked, as both services store them.
const (
	Smoobu    = "smoobu"
	Beds24    = "beds24"
	Hostaway  = "hostaway"
	Cloudbeds = "cloudbeds"
	OpenAI    = "openai"
	Gemini    = "gemini"
	Claude    = "claude"
)

// Providers lists the providers that can be asked.
func Providers() []string {
	return []string{Smoobu, Beds24, Hostaway, Cloudbeds, OpenAI, Gemini, Claude}
}

// OtherProvider replaces in metrics the name of a provider that cannot be asked.
const OtherProvider = "other"

// DefaultTimeout is the time in which a provider must have responded.
const DefaultTimeout = 5 * time.Second

// Credentials are what a provider issued to a company.
type Credentials struct {
	// Provider is a provider as both services store it, such as "smoobu".
	Provider string
	Key      string
	// Secret belongs to Smoobu, Account to Hostaway; "" for none. Hostaway cannot be
	// asked without Account.
	Secret  string
	Account string
}

// Format writes the provider and no secret, for every verb.
func (c Credentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.Provider+" [redacted]") }

// MarshalText returns what Format writes; encoding/json and log/slog call it.
func (c Credentials) MarshalText() ([]byte, error) { return fmt.Append(nil, c), nil }

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

// Statuses lists every status.
func Statuses() []Status {
	return []Status{Valid, Invalid, Restricted, RateLimited, Unverifiable}
}

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
	// At is the time when the check started, Duration how long the provider took, 0 when
	// it was not asked.
	At       time.Time
	Duration time.Duration
	// Account names the account of the key at the provider: at most 100 printable
	// characters, "" when it is unknown.
	Account string
	// Models are the AI models that the key may use: sorted, at most MaxModels names of
	// at most 100 printable characters. With MaxModels names there may be more.
	Models []string
}

// Config configures a Checker. All but Off and URLs have defaults.
type Config struct {
	// Off forbids all requests: every check is Unverifiable with ChecksOff.
	Off bool
	// URLs are the base URLs of the providers. One without a URL cannot be asked.
	URLs map[string]*url.URL
	// Transport sends the requests, nil for connections with TLS 1.2 or newer through
	// the proxy of the environment.
	Transport http.RoundTripper
	// Timeout is the time for one check, 0 for DefaultTimeout.
	Timeout time.Duration
	// Now is the clock, nil for time.Now.
	Now func() time.Time
	// Observe gets every check, with its provider or OtherProvider; nil for none.
	Observe func(provider string, check Check)
	// Log gets a warning when a token that a check created is not deleted; nil for none.
	Log *slog.Logger
}

// Checker asks providers.
type Checker struct {
	config     Config
	providers  map[string]provider
	slots      slots
	background sync.WaitGroup
}

// New returns a Checker.
func New(c Config) *Checker {
	if c.Transport == nil {
		c.Transport = newTransport()
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Observe == nil {
		c.Observe = func(string, Check) {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Checker{config: c, slots: newSlots(), providers: map[string]provider{
		Smoobu: smoobu(c.Now), Beds24: beds24, Hostaway: hostaway, Cloudbeds: cloudbeds, OpenAI: openAI, Gemini: gemini, Claude: claude,
	}}
}

// Check asks the provider of the credentials. It never fails: what cannot be verified
// is Unverifiable. A cancelled context ends the check.
func (c *Checker) Check(ctx context.Context, credentials Credentials) Check {
	at := c.config.Now()
	label := OtherProvider
	if _, ok := c.providers[credentials.Provider]; ok {
		label = credentials.Provider
	}
	check := c.check(ctx, credentials)
	check.At = at
	c.config.Observe(label, check)
	return check
}

func (c *Checker) check(ctx context.Context, credentials Credentials) Check {
	p, known := c.providers[credentials.Provider]
	base := c.config.URLs[credentials.Provider]
	if c.config.Off {
		return Check{Status: Unverifiable, Reason: ChecksOff}
	}
	if !known || base == nil || credentials.Provider == Hostaway && credentials.Account == "" {
		return Check{Status: Unverifiable, Reason: NoProvider}
	}
	if reason := refuseKey(credentials.Provider, credentials.Key); reason != "" {
		return Check{Status: Invalid, Reason: reason}
	}
	started := time.Now()
	check := Check{Status: Unverifiable, Reason: ProviderUnreachable}
	if r, err := c.ask(ctx, p, base, credentials); err == nil {
		check = judge(r, p.rules)
	}
	check.Duration = time.Since(started)
	return check
}

// Close waits for requests that continue after their check: those that receive and
// delete a token. It takes at most 15 s. Call it after the last check.
func (c *Checker) Close() { c.background.Wait() }
