package connection

import (
	"net/http"
	"net/url"
)

type openAI struct{}

func (openAI) request(base *url.URL, c Credentials) *http.Request {
	r := newRequest(http.MethodGet, base, "/v1/models", nil)
	r.Header.Set("Authorization", "Bearer "+c.Key)
	return r
}

// rules has one rule for a sentence: OpenAI gives no code when a key lacks permissions.
func (openAI) rules() []rule {
	lacksPermission := hasMessage("missing scopes", "insufficient permissions")
	return []rule{
		{http.StatusOK, hasModels, valid},
		{http.StatusUnauthorized, hasCode("invalid_api_key"), rejected},
		{http.StatusUnauthorized, lacksPermission, notPermitted},
		{http.StatusForbidden, lacksPermission, notPermitted},
	}
}
