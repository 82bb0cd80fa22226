package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/internal/web"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// getFrom sends a request with a Host to a handler.
func getFrom(handler http.Handler, host, method, path string, header http.Header) *testserver.Response {
	r, w := httptest.NewRequest(method, path, nil), httptest.NewRecorder()
	r.Host, r.Header = host, header
	handler.ServeHTTP(w, r)
	return &testserver.Response{Status: w.Code, Header: w.Header(), Body: w.Body.String()}
}

func TestOnlyLoopbackNamesAndIPAddressesAreAccepted(t *testing.T) {
	handler := web.LoopbackHostsOnly(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for status, hosts := range map[int][]string{
		http.StatusOK: {
			"localhost", "localhost:8080", "LocalHost:80", "localhost.", "localhost.:8080", "app.localhost", "A.b-1.localhost:3000", "app.localhost.",
			"127.0.0.1", "127.0.0.1:8080", "127.9.9.9", "192.168.1.20:8080", "203.0.113.7", "[::1]", "[::1]:8080", "[2001:DB8::1]:80",
			"[::ffff:127.0.0.1]:80",
		},
		http.StatusForbidden: {
			"", "evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "evil-localhost", "localhostevil",
			"localhost0", ".localhost", "a..localhost", "localhost..", "localhost:", "localhost:http", "localhost:80:80", "localhost,evil.example",
			":8080", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.1.", "127.0.0.1:", "127.0.0.1:99999", "[127.0.0.1]", "::1", "[::1",
			"::1]:80", "[evil.example]",
		},
	} {
		for _, host := range hosts {
			if got := getFrom(handler, host, http.MethodGet, "/healthz", nil).Status; got != status {
				t.Errorf("%q: %d, want %d", host, got, status)
			}
		}
	}
}

func TestEveryRouteOfADevelopmentRunRejectsOtherHosts(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own, withAllowedOrigin, func(c *config.Config) {
		c.DatabaseURL = ""
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")} // the peer of httptest
	})
	headers := http.Header{
		"Origin": {allowedOrigin}, "Access-Control-Request-Method": {"POST"},
		"X-Forwarded-Host": {"localhost"}, "Forwarded": {"host=localhost"}, "X-Host": {"localhost"},
	}
	wantRejected := func(method, path string) {
		t.Helper()
		resp := getFrom(s.Config.Handler, "evil.example:8080", method, path, headers)
		if resp.Status != http.StatusForbidden || envelope(resp) != envelopeOf(path) || !strings.Contains(resp.Body, "http://localhost:") ||
			resp.Header.Get("Access-Control-Allow-Origin") != "" || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s: %d %v %s", method, path, resp.Status, resp.Header, resp.Body)
		}
	}
	for _, route := range s.Routes(t) {
		wantRejected(route[0], strings.ReplaceAll(route[1], "*", "any"))
	}
	wantRejected(http.MethodGet, "/no")
	wantRejected(http.MethodGet, "/api/no")
	wantRejected("BREW", "/graphql")
	if resp := getFrom(s.Config.Handler, "localhost", http.MethodGet, "/healthz", http.Header{"X-Forwarded-Host": {"evil.example"}}); resp.Status != http.StatusOK {
		t.Errorf("another forwarded host: %d %s", resp.Status, resp.Body)
	}
	production := testserver.On(t, s.Pool)
	if resp := getFrom(production.Config.Handler, "evil.example", http.MethodGet, "/healthz", nil); resp.Status != http.StatusOK {
		t.Errorf("with a database URL: %d %s", resp.Status, resp.Body)
	}
}
