// Package connection asks a PMS or AI provider whether it accepts an API key. It stores
// nothing. No text of a provider's response leaves the package, except the label of the
// account and the names of models, shortened and printable.
//
// The requests and their outcomes follow the documentation of the providers in November
// 2026. A response that is not described there is Unverifiable, never Invalid.
package connection

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

const (
	// Timeout limits a check, except that the deletion of a token always has a second.
	Timeout = 5 * time.Second
	// MaxPerCompany and MaxPerProcess limit the checks that run at the same time.
	MaxPerCompany = 2
	MaxPerProcess = 20
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

// Statuses lists every status.
func Statuses() []Status { return []Status{Valid, Invalid, Restricted, RateLimited, Unverifiable} }

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
	// At is the time when the check started.
	At       time.Time
	Duration time.Duration
	// Account names the account of the key at the provider: at most 100 printable
	// characters, "" when it is unknown.
	Account string
	// Models are the AI models that the key may use, sorted, at most 500, each of at most
	// 100 printable characters.
	Models []string
}

// Config has the settings of a Checker.
type Config struct {
	// Off ends every check with ChecksOff.
	Off bool
	// URLs are the base addresses by provider, DefaultURLs for those that are missing.
	URLs map[string]*url.URL
	// Observe counts a check. The provider is one of Providers or Other.
	Observe func(provider string, check Check)
	Log     *slog.Logger
	Now     func() time.Time
}

// Checker asks providers.
type Checker struct {
	config Config
	client *http.Client

	mu        sync.Mutex
	running   int
	byCompany map[uuid.UUID]int
}

// New returns a Checker.
func New(c Config) *Checker {
	urls := DefaultURLs()
	for name, base := range c.URLs {
		urls[name] = base
	}
	c.URLs = urls
	return &Checker{config: c, client: newClient(), byCompany: map[uuid.UUID]int{}}
}

// Check asks the provider of the credentials. It never fails: what cannot be verified is
// Unverifiable. When the context is cancelled, it cancels the request and the result means
// nothing.
func (c *Checker) Check(ctx context.Context, credentials Credentials) Check {
	start := c.config.Now()
	began := time.Now()
	check := c.check(ctx, credentials)
	check.At, check.Duration = start, time.Since(began)
	if ctx.Err() == nil {
		c.config.Observe(label(credentials.Provider), check)
	}
	return check
}

func (c *Checker) check(ctx context.Context, credentials Credentials) Check {
	if c.config.Off {
		return Check{Status: Unverifiable, Reason: ChecksOff}
	}
	p, ok := providers[credentials.Provider]
	if !ok {
		return Check{Status: Unverifiable, Reason: NoProvider}
	}
	if reason := inspect(credentials); reason != "" {
		return Check{Status: Invalid, Reason: reason}
	}
	deadline, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	base := c.config.URLs[credentials.Provider]
	got, err := c.send(p.request(deadline, base, credentials, c.config.Now()))
	if err != nil {
		c.config.Log.WarnContext(ctx, "a provider cannot be reached", "provider", credentials.Provider, "cause", causeOf(err))
		return Check{Status: Unverifiable, Reason: ProviderUnreachable}
	}
	check := verdict(p, got)
	if h, ok := p.(tokenIssuer); ok {
		c.revoke(deadline, h.revocation(base, got))
	}
	return check
}

// Acquire takes a slot for a check of a company; release gives it back. It returns an
// Overloaded error when MaxPerCompany or MaxPerProcess checks run.
func (c *Checker) Acquire(company uuid.UUID) (release func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running >= MaxPerProcess || c.byCompany[company] >= MaxPerCompany {
		return nil, apperr.New(apperr.Overloaded, apperr.TooManyChecks)
	}
	c.running++
	c.byCompany[company]++
	return sync.OnceFunc(func() { c.release(company) }), nil
}

func (c *Checker) release(company uuid.UUID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running--
	if c.byCompany[company]--; c.byCompany[company] == 0 {
		delete(c.byCompany, company)
	}
}
