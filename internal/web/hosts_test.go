package web_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func development(c *config.Config) { c.DatabaseURL = "" }

func TestDevelopmentRunAcceptsOnlyLoopbackNamesAndIPAddresses(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own, development)
	for _, host := range []string{
		"localhost", "localhost:8080", "LocalHost:80", "localhost.", "localhost.:8080", "app.localhost", "A.b-1.localhost:3000", "app.localhost.",
		"127.0.0.1", "127.0.0.1:8080", "127.9.9.9", "192.168.1.20:8080", "203.0.113.7", "[::1]", "[::1]:8080", "[2001:DB8::1]:80", "[::ffff:127.0.0.1]:80",
	} {
		for _, path := range []string{"/healthz", "/api/health"} {
			if resp := sendTo(t, s, host, http.MethodGet, path); resp.StatusCode != http.StatusOK {
				t.Errorf("%q: GET %s: %d %s", host, path, resp.StatusCode, resp.text)
			}
		}
	}
	for _, host := range []string{
		"", "evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "evil-localhost", "localhostevil", "localhost0",
		".localhost", "a..localhost", "localhost..", "localhost:", "localhost:http", "localhost:80:80", "localhost,evil.example", ":8080",
		"127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.1.", "127.0.0.1:", "127.0.0.1:99999", "[127.0.0.1]", "::1", "[::1", "::1]:80", "[evil.example]",
	} {
		if resp := sendTo(t, s, host, http.MethodGet, "/healthz"); !resp.rejectsHost(t) || !resp.isGraphQL(t) {
			t.Errorf("%q: GET /healthz: %d %s", host, resp.StatusCode, resp.text)
		}
		if resp := sendTo(t, s, host, http.MethodGet, "/api/health"); !resp.rejectsHost(t) || !resp.isREST(t) {
			t.Errorf("%q: GET /api/health: %d %s", host, resp.StatusCode, resp.text)
		}
	}
}

func (r response) rejectsHost(t *testing.T) bool {
	t.Helper()
	return r.StatusCode == http.StatusForbidden && r.Header.Get("Cache-Control") == "no-store" && strings.Contains(r.text, "http://localhost:")
}

func TestEveryRouteOfADevelopmentRunRejectsOtherHosts(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own, development, withAllowedOrigin)
	checked := 0
	check := func(method, path string) {
		checked++
		resp := sendTo(t, s, "evil.example:8080", method, path, "Origin: http://evil.example:8080", "Sec-Fetch-Site: same-origin")
		switch {
		case method == http.MethodHead:
			if resp.StatusCode != http.StatusForbidden {
				t.Errorf("HEAD %s: %d", path, resp.StatusCode)
			}
		case !resp.rejectsHost(t) || resp.isREST(t) != strings.HasPrefix(path, "/api/"):
			t.Errorf("%s %s: %d %s", method, path, resp.StatusCode, resp.text)
		}
	}
	err := chi.Walk(s.Config.Handler.(chi.Routes), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		check(method, strings.ReplaceAll(route, "*", "any"))
		return nil
	})
	if err != nil || checked < 25 {
		t.Fatalf("%d routes, %v", checked, err)
	}
	for _, path := range []string{"/no", "/api/no"} {
		check(http.MethodGet, path)
	}
	check("BREW", "/graphql")

	preflight := sendTo(t, s, "evil.example", http.MethodOptions, "/graphql", "Origin: "+allowedOrigin, "Access-Control-Request-Method: POST")
	if !preflight.rejectsHost(t) || preflight.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("preflight: %d %v", preflight.StatusCode, preflight.Header)
	}
}

func TestForwardedHostsAreIgnored(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own, development, func(c *config.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} })
	for _, forwarded := range []string{"X-Forwarded-Host: localhost", "Forwarded: host=localhost", "X-Host: localhost"} {
		if resp := sendTo(t, s, "evil.example", http.MethodGet, "/healthz", forwarded); !resp.rejectsHost(t) {
			t.Errorf("%s: %d %s", forwarded, resp.StatusCode, resp.text)
		}
	}
	if resp := sendTo(t, s, "localhost", http.MethodGet, "/healthz", "X-Forwarded-Host: evil.example"); resp.StatusCode != http.StatusOK {
		t.Errorf("%d %s", resp.StatusCode, resp.text)
	}
	// The host of an absolute target replaces the header: RFC 9112, section 3.2.2.
	if resp := sendTo(t, s, "localhost", http.MethodGet, "http://evil.example/healthz"); !resp.rejectsHost(t) {
		t.Errorf("%d %s", resp.StatusCode, resp.text)
	}
	if resp := sendTo(t, s, "evil.example", http.MethodGet, "http://localhost/healthz"); resp.StatusCode != http.StatusOK {
		t.Errorf("%d %s", resp.StatusCode, resp.text)
	}
}

func TestEveryHostIsAcceptedWithADatabaseURL(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	for _, host := range []string{"", "app.example.com", "localhost", "a..localhost"} {
		for _, path := range []string{"/healthz", "/api/health"} {
			if resp := sendTo(t, s, host, http.MethodGet, path); resp.StatusCode != http.StatusOK {
				t.Errorf("%q: GET %s: %d %s", host, path, resp.StatusCode, resp.text)
			}
		}
	}
}

// sendTo sends a request with any Host, including invalid ones that the client of
// net/http would change. The target is a path or an absolute URL.
func sendTo(t *testing.T, s *testserver.Server, host, method, target string, header ...string) response {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	lines := append([]string{method + " " + target + " HTTP/1.1", "Host: " + host, "Connection: close"}, header...)
	if _, err := fmt.Fprint(conn, strings.Join(lines, "\r\n")+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response{Response: resp, text: string(text)}
}
