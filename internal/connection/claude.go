package connection

import (
	"net/http"
	"net/url"
)

type claude struct{}

func (claude) request(base *url.URL, c Credentials) *http.Request {
	r := newRequest(http.MethodGet, base, "/v1/models", url.Values{"limit": {"1000"}})
	r.Header.Set("x-api-key", c.Key)
	r.Header.Set("anthropic-version", "2023-06-01")
	return r
}

func (claude) rules() []rule {
	return []rule{
		{http.StatusOK, hasModels, valid},
		{http.StatusUnauthorized, hasCode("authentication_error"), rejected},
		{http.StatusForbidden, hasCode("permission_error"), notPermitted},
	}
}
