package connection

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
)

type openAI struct{}

func (openAI) base() string { return "https://api.openai.com" }

func (openAI) request(ctx context.Context, base *url.URL, c Credentials, _ time.Time) *http.Request {
	r := newRequest(ctx, http.MethodGet, base, "/v1/models", nil, "")
	r.Header.Set("Authorization", "Bearer "+c.Key)
	return r
}

func (openAI) rules() []rule {
	return []rule{
		{http.StatusOK, hasList("data"), Valid, ""},
		{http.StatusUnauthorized, lacksScope, Restricted, MissingPermission},
		{http.StatusForbidden, lacksScope, Restricted, MissingPermission},
		{http.StatusUnauthorized, withCode("invalid_api_key"), Invalid, KeyRejected},
	}
}

// lacksScope reads the message, because OpenAI has no code for a missing scope.
func lacksScope(o object) bool {
	message := strings.ToLower(o.object("error").text("message"))
	return strings.Contains(message, "missing scopes") || strings.Contains(message, "insufficient permissions")
}

func (openAI) details(body object) (account string, models []string) {
	return "", members(body, "data", "id")
}
