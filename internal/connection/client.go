package connection

import (
	"context"
	"crypto/tls"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
)

const (
	userAgent = "staysidekick-profile-server"
	maxBody   = 1 << 20
	maxHeader = 64 << 10
)

// provider describes how one provider is asked and how its response is read.
type provider struct {
	// request returns the request that checks the credentials.
	request func(base *url.URL, c Credentials) *http.Request
	// rules are tried in order; a response to which none applies is Unverifiable.
	rules []rule
}

// get returns the request function of a provider that gets the key, after a prefix, in a
// header.
func get(path string, query url.Values, header, prefix string) func(base *url.URL, c Credentials) *http.Request {
	return func(base *url.URL, c Credentials) *http.Request {
		r := newRequest(http.MethodGet, base, path, query)
		r.Header.Set(header, prefix+c.Key)
		return r
	}
}

// response is what a provider sent.
type response struct {
	status int
	body   []byte
	// foreign is a response of no API: HTML, as login pages of networks and blocks of
	// firewalls are, or more than maxBody.
	foreign bool
}

// newTransport returns a transport that opens a connection for each request. So it
// repeats none, and no connection stays open between checks, which are rare. A dial does
// not end with its request, so it has timeouts of its own.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: DefaultTimeout}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    DefaultTimeout,
		ForceAttemptHTTP2:      true,
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: maxHeader,
	}
}

// newRequest returns a request for a path below a base URL. URL.JoinPath would leave out
// the first slash below a base without a path.
func newRequest(method string, base *url.URL, path string, query url.Values) *http.Request {
	address := *base
	address.Path = strings.TrimSuffix(base.Path, "/") + path
	address.RawPath = strings.TrimSuffix(base.EscapedPath(), "/") + path
	address.RawQuery = query.Encode()
	return &http.Request{Method: method, URL: &address, Header: make(http.Header)}
}

// ask sends the request of a check and returns the response, or an error after the
// timeout or when ctx is cancelled.
func (c *Checker) ask(ctx context.Context, p provider, base *url.URL, credentials Credentials) (response, error) {
	ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	request := p.request(base, credentials)
	if credentials.Provider == Hostaway {
		return c.askHostaway(ctx, base, request)
	}
	return c.send(ctx, request)
}

// send follows no redirect, because a round trip is a single request. Its errors may
// contain the URL: do not log them.
func (c *Checker) send(ctx context.Context, request *http.Request) (response, error) {
	request.Header.Set("User-Agent", userAgent)
	request.Header.Set("Accept", "application/json")
	r, err := c.config.Transport.RoundTrip(request.WithContext(ctx))
	if err != nil {
		return response{}, err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return response{}, err
	}
	if mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); mediaType == "text/html" || len(body) > maxBody {
		return response{status: r.StatusCode, foreign: true}, nil
	}
	return response{status: r.StatusCode, body: body}, nil
}
