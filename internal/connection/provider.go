package connection

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// provider describes how one provider is asked and what its responses mean.
type provider interface {
	// base is the provider's own address.
	base() string
	// request returns the request that shows whether the credentials are accepted.
	request(ctx context.Context, base *url.URL, c Credentials, now time.Time) *http.Request
	// rules are compared in their order; the first that applies decides. No rule is needed
	// for 429, redirects and 5xx.
	rules() []rule
	// details returns the label of the account and the models in a response to a valid key.
	details(body object) (account string, models []string)
}

// tokenIssuer is a provider whose response to a valid key holds a token. The token is
// deleted, because each check would leave one that is valid for months.
type tokenIssuer interface {
	// revocation returns the request that deletes the token, nil when there is none.
	revocation(base *url.URL, got response) *http.Request
}

// rule assigns an outcome to a response.
type rule struct {
	status int
	// applies reports whether the body fits; nil accepts any body.
	applies func(object) bool
	outcome Status
	reason  Reason
}

// providers are those that can be asked, by their stored name.
var providers = map[string]provider{
	"smoobu":    smoobu{},
	"beds24":    beds24{},
	"hostaway":  hostaway{},
	"cloudbeds": cloudbeds{},
	"openai":    openAI{},
	"gemini":    gemini{},
	"claude":    claude{},
}

// Other labels the checks of other providers than Providers.
const Other = "other"

// Providers lists the providers that can be asked, as both services store them, sorted.
func Providers() []string { return slices.Sorted(maps.Keys(providers)) }

// DefaultURLs returns the providers' own addresses.
func DefaultURLs() map[string]*url.URL {
	urls := map[string]*url.URL{}
	for name, p := range providers {
		u, err := url.Parse(p.base())
		if err != nil {
			panic(err) // a constant
		}
		urls[name] = u
	}
	return urls
}

func label(name string) string {
	if _, ok := providers[name]; ok {
		return name
	}
	return Other
}

// verdict compares a response with the rules of its provider.
func verdict(p provider, got response) Check {
	switch {
	case got.tooLarge || got.status >= http.StatusInternalServerError || got.status < http.StatusOK:
		return Check{Status: Unverifiable, Reason: ProviderError}
	case got.status == http.StatusTooManyRequests && got.body.hasCode("insufficient_quota", "credit_balance_exhausted"):
		return Check{Status: Restricted, Reason: NoCredit}
	case got.status == http.StatusTooManyRequests:
		return Check{Status: RateLimited, Reason: ProviderBusy}
	}
	for _, r := range p.rules() {
		if r.status != got.status || r.applies != nil && !r.applies(got.body) {
			continue
		}
		check := Check{Status: r.outcome, Reason: r.reason}
		if r.outcome == Valid {
			account, models := p.details(got.body)
			check.Account, check.Models = printable(account), modelNames(models)
		}
		return check
	}
	return Check{Status: Unverifiable, Reason: ProviderError}
}
