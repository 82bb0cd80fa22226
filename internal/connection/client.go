package connection

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

const (
	userAgent   = "stay-sidekick-profile-server"
	maxResponse = 1 << 20 // bytes
	// revokeTimeout is the least time for the deletion of a token.
	revokeTimeout = time.Second
)

func newClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			ForceAttemptHTTP2:      true,
			MaxResponseHeaderBytes: 64 << 10,
			IdleConnTimeout:        30 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// newRequest returns a request to a path below the base address. It keeps the path of the
// base, which a gateway may have.
func newRequest(ctx context.Context, method string, base *url.URL, path string, query url.Values, body string) *http.Request {
	u := base.JoinPath(path)
	u.RawQuery = query.Encode()
	r, err := http.NewRequestWithContext(ctx, method, u.String(), strings.NewReader(body))
	if err != nil {
		panic(err) // the method and the address are valid
	}
	r.Header.Set("User-Agent", userAgent)
	r.Header.Set("Accept", "application/json")
	return r
}

// send reads the response to a request. It fails when there is no whole response before
// the deadline.
func (c *Checker) send(r *http.Request) (response, error) {
	resp, err := c.client.Do(r)
	if err != nil {
		return response{}, err
	}
	defer resp.Body.Close() //nolint:errcheck // the body is only read
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxResponse+1))
	if err != nil {
		return response{}, err
	}
	got := response{status: resp.StatusCode, tooLarge: len(body) > maxResponse}
	if json.Unmarshal(body, &got.body) != nil {
		got.body = nil
	}
	return got, nil
}

// revoke sends a request that deletes a token, also when the client has disconnected.
func (c *Checker) revoke(ctx context.Context, r *http.Request) {
	if r == nil {
		return
	}
	left := revokeTimeout
	if deadline, ok := ctx.Deadline(); ok {
		left = max(left, time.Until(deadline))
	}
	detached, cancel := context.WithTimeout(context.WithoutCancel(ctx), left)
	defer cancel()
	if _, err := c.send(r.WithContext(detached)); err != nil {
		c.config.Log.WarnContext(ctx, "a token that a check received was not deleted", "host", r.URL.Host, "cause", causeOf(err))
	}
}

// causeOf describes why there is no response. The text of the error itself can contain
// parts of the request and the response.
func causeOf(err error) string {
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "the name does not resolve"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "the certificate is not valid"
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return "timeout"
	}
	switch {
	case errors.Is(err, context.Canceled):
		return "the client disconnected"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused"
	}
	return "the connection failed"
}
