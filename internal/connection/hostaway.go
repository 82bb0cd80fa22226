package connection

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

type hostaway struct{}

const hostawayTokens = "/v1/accessTokens"

func (hostaway) base() string { return "https://api.hostaway.com" }

func (hostaway) request(ctx context.Context, base *url.URL, c Credentials, _ time.Time) *http.Request {
	form := url.Values{
		"grant_type":    {"client_credentials"},
		"client_id":     {c.Account},
		"client_secret": {c.Key},
		"scope":         {"general"},
	}
	r := newRequest(ctx, http.MethodPost, base, hostawayTokens, nil, form.Encode())
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func (hostaway) revocation(base *url.URL, got response) *http.Request {
	token := hostawayToken(got.body)
	if got.status != http.StatusOK || token == "" {
		return nil
	}
	return newRequest(context.Background(), http.MethodDelete, base, hostawayTokens, url.Values{"token": {token}}, "")
}

// hostawayToken returns the token of a response, which is bare or inside result.
func hostawayToken(body object) string {
	if token := body.text("access_token"); token != "" {
		return token
	}
	return body.object("result").text("access_token")
}

func (hostaway) rules() []rule {
	return []rule{
		{http.StatusOK, func(o object) bool { return hostawayToken(o) != "" }, Valid, ""},
		{http.StatusUnauthorized, nil, Invalid, KeyRejected},
		{http.StatusForbidden, nil, Invalid, KeyRejected},
	}
}

func (hostaway) details(object) (account string, models []string) { return "", nil }
