package connection

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

type claude struct{}

func (claude) base() string { return "https://api.anthropic.com" }

func (claude) request(ctx context.Context, base *url.URL, c Credentials, _ time.Time) *http.Request {
	r := newRequest(ctx, http.MethodGet, base, "/v1/models", url.Values{"limit": {"1000"}}, "")
	r.Header.Set("X-Api-Key", c.Key)
	r.Header.Set("Anthropic-Version", "2023-06-01")
	return r
}

func (claude) rules() []rule {
	return []rule{
		{http.StatusOK, hasList("data"), Valid, ""},
		{http.StatusUnauthorized, withCode("authentication_error"), Invalid, KeyRejected},
		{http.StatusForbidden, withCode("permission_error"), Restricted, MissingPermission},
	}
}

func (claude) details(body object) (account string, models []string) {
	return "", members(body, "data", "id")
}
