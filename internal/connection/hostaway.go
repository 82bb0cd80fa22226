package connection

import (
	"io"
	"net/http"
	"net/url"
	"strings"
)

// hostaway exchanges the key for a token that is valid for months, so a check deletes
// the token again.
type hostaway struct{}

const hostawayTokens = "/v1/accessTokens"

func (hostaway) request(base *url.URL, c Credentials) *http.Request {
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {c.Account}, "client_secret": {c.Key}, "scope": {"general"},
	}.Encode()
	r := newRequest(http.MethodPost, base, hostawayTokens, nil)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(form)), int64(len(form))
	return r
}

func (hostaway) rules() []rule {
	return []rule{
		{http.StatusOK, func(body []byte, _ *Check) bool { return hostawayToken(body) != "" }, valid},
		{http.StatusUnauthorized, nil, rejected},
		{http.StatusForbidden, nil, rejected},
	}
}

func (hostaway) revocation(base *url.URL, r response) *http.Request {
	token := hostawayToken(r.body)
	if token == "" {
		return nil
	}
	return newRequest(http.MethodDelete, base, hostawayTokens, url.Values{"token": {token}})
}

// hostawayToken returns the token in a body, bare or inside result, "" if there is
// none.
func hostawayToken(body []byte) string {
	type token struct {
		AccessToken string `json:"access_token"`
	}
	issued, _ := object[struct {
		token
		Result token
	}](body)
	if issued.AccessToken != "" {
		return issued.AccessToken
	}
	return issued.Result.AccessToken
}
