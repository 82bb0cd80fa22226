package connection

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// hostaway exchanges the key for a token that is valid for months, so a check deletes
// the token again.
var hostaway = provider{
	request: func(base *url.URL, c Credentials) *http.Request {
		form := url.Values{
			"grant_type": {"client_credentials"}, "client_id": {c.Account}, "client_secret": {c.Key}, "scope": {"general"},
		}.Encode()
		r := newRequest(http.MethodPost, base, hostawayTokens, nil)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(form)), int64(len(form))
		return r
	},
	rules: []rule{
		{http.StatusOK, func(body []byte, _ *Check) bool { return hostawayToken(body) != "" }, valid},
		{http.StatusUnauthorized, nil, rejected},
		{http.StatusForbidden, nil, rejected},
	},
}

const (
	hostawayTokens = "/v1/accessTokens"
	// lateTimeout is how long a response that contains a token is awaited.
	lateTimeout = 2 * DefaultTimeout
)

// askHostaway is send for the request of a token. The token is deleted in the background,
// also when the response arrives after ctx has ended.
func (c *Checker) askHostaway(ctx context.Context, base *url.URL, request *http.Request) (response, error) {
	if err := ctx.Err(); err != nil {
		return response{}, err
	}
	var r response
	var err error
	done := make(chan struct{}) // closed when r and err are set
	c.background.Go(func() {
		detached := context.WithoutCancel(ctx)
		late, cancel := context.WithTimeout(detached, lateTimeout)
		defer cancel()
		r, err = c.send(late, request)
		token := hostawayToken(r.body)
		close(done)
		if token != "" {
			c.deleteToken(detached, newRequest(http.MethodDelete, base, hostawayTokens, url.Values{"token": {token}}))
		}
	})
	select {
	case <-done:
		return r, err
	case <-ctx.Done():
		return response{}, ctx.Err()
	}
}

func (c *Checker) deleteToken(ctx context.Context, request *http.Request) {
	ctx, cancel := context.WithTimeout(ctx, DefaultTimeout)
	defer cancel()
	if r, err := c.send(ctx, request); err != nil || r.status/100 != 2 {
		// Without the error, which may contain the token.
		c.config.Log.WarnContext(ctx, "a token that a connection check created at a provider is not deleted", "host", request.URL.Host)
	}
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
