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
			r, w := httptest.NewRequest(http.MethodGet, "/healthz", nil), httptest.NewRecorder()
			r.Host = host
			if handler.ServeHTTP(w, r); w.Code != status {
				t.Errorf("%q: %d, want %d", host, w.Code, status)
			}
		}
	}
}

func development(c *config.Config) { c.DatabaseURL = "" }

func TestEveryRouteOfADevelopmentRunRejectsOtherHosts(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own, development, withAllowedOrigin, func(c *config.Config) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	})
	wantRejected := func(method, path string, headers ...string) {
		t.Helper()
		resp := send(t, method, s.URL+path, "", append(headers, "Host: evil.example:8080")...)
		switch {
		case resp.StatusCode != http.StatusForbidden ||
			resp.Header.Get("Access-Control-Allow-Origin") != "" || resp.Header.Get("Cache-Control") != "no-store":
			t.Errorf("%s %s: %d %v", method, path, resp.StatusCode, resp.Header)
		case method != http.MethodHead && (resp.envelope() != envelopeOf(path) || !strings.Contains(resp.text, "http://localhost:")):
			t.Errorf("%s %s: %s", method, path, resp.text)
		}
	}
	for _, route := range s.Routes(t) {
		wantRejected(route[0], strings.ReplaceAll(route[1], "*", "any"), "Origin: http://evil.example:8080", "Sec-Fetch-Site: same-origin")
	}
	wantRejected(http.MethodGet, "/no")
	wantRejected(http.MethodGet, "/api/no")
	wantRejected("BREW", "/graphql")
	wantRejected(http.MethodOptions, "/graphql", "Origin: "+allowedOrigin, "Access-Control-Request-Method: POST")
	wantRejected(http.MethodGet, "/healthz", "X-Forwarded-Host: localhost", "Forwarded: host=localhost", "X-Host: localhost")
	if resp := send(t, http.MethodGet, s.URL+"/healthz", "", "Host: localhost", "X-Forwarded-Host: evil.example"); resp.StatusCode != http.StatusOK {
		t.Errorf("another forwarded host: %d %s", resp.StatusCode, resp.text)
	}
}

func TestEveryHostIsAcceptedWithADatabaseURL(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	for _, path := range []string{"/healthz", "/api/health"} {
		if resp := send(t, http.MethodGet, s.URL+path, "", "Host: app.example.com"); resp.StatusCode != http.StatusOK {
			t.Errorf("GET %s: %d %s", path, resp.StatusCode, resp.text)
		}
	}
}
