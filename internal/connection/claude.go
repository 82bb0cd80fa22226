package connection

import (
	"net/http"
	"net/url"
)

var claude = provider{
	request: func(base *url.URL, c Credentials) *http.Request {
		r := get("/v1/models", url.Values{"limit": {"1000"}}, "x-api-key", "")(base, c)
		r.Header.Set("anthropic-version", "2023-06-01")
		return r
	},
	rules: []rule{
		{http.StatusOK, hasModels, valid},
		{http.StatusUnauthorized, hasCode("authentication_error"), rejected},
		{http.StatusForbidden, hasCode("permission_error"), notPermitted},
	},
}
