package connection

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
)

type gemini struct{}

func (gemini) base() string { return "https://generativelanguage.googleapis.com" }

func (gemini) request(ctx context.Context, base *url.URL, c Credentials, _ time.Time) *http.Request {
	r := newRequest(ctx, http.MethodGet, base, "/v1beta/models", url.Values{"pageSize": {"1000"}}, "")
	r.Header.Set("X-Goog-Api-Key", c.Key)
	return r
}

func (gemini) rules() []rule {
	return []rule{
		{http.StatusOK, hasList("models"), Valid, ""},
		{http.StatusBadRequest, withCode("API_KEY_INVALID"), Invalid, KeyRejected},
		{http.StatusUnauthorized, withCode("ACCESS_TOKEN_TYPE_UNSUPPORTED"), Invalid, KeyRejected},
		{http.StatusForbidden, withCode("API_KEY_SERVICE_BLOCKED", "PERMISSION_DENIED"), Restricted, MissingPermission},
	}
}

func (gemini) details(body object) (account string, models []string) {
	for _, name := range members(body, "models", "name") {
		models = append(models, strings.TrimPrefix(name, "models/"))
	}
	return "", models
}
