package web_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/internal/web"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

const (
	proxyAddress  = "10.0.0.1"
	clientAddress = "192.0.2.7"
)

func TestUnknownClientAddressIsLoggedOnceWhenARateLimitNeedsIt(t *testing.T) {
	for name, c := range map[string]struct {
		peer, forwarded string
		trusted         string // empty for none
		client, seen    string // empty for unknown
		warns           string
	}{
		"a direct client":                           {clientAddress, "", "", clientAddress, clientAddress, ""},
		"a client that bypasses the proxy":          {clientAddress, "", proxyAddress + "/32", clientAddress, clientAddress, ""},
		"a proxy that names a client":               {proxyAddress, clientAddress, proxyAddress + "/32", clientAddress, clientAddress, ""},
		"a proxy that is not trusted":               {proxyAddress, clientAddress, "", "", proxyAddress, "a peer that is not trusted"},
		"another proxy is trusted":                  {proxyAddress, clientAddress, "10.0.0.2/32", "", proxyAddress, "a peer that is not trusted"},
		"a trusted proxy without the header":        {proxyAddress, "", proxyAddress + "/32", "", proxyAddress, "names no client"},
		"a trusted proxy with an unreadable header": {proxyAddress, clientAddress + ", unknown", proxyAddress + "/32", "", proxyAddress, "names no client"},
		"a trusted proxy that names itself":         {proxyAddress, proxyAddress, proxyAddress + "/32", "", proxyAddress, "names no client"},
		"a trusted proxy in IPv6 form":              {"::ffff:" + proxyAddress, "", proxyAddress + "/32", "", proxyAddress, "names no client"},
	} {
		t.Run(name, func(t *testing.T) {
			var trusted []netip.Prefix
			if c.trusted != "" {
				trusted = append(trusted, netip.MustParsePrefix(c.trusted))
			}
			var log bytes.Buffer
			handler := web.IdentifyRequest(trusted, slog.New(slog.NewTextHandler(&log, nil)))(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				wantAddress(t, "seen", auth.RecordedAddress(r.Context()), c.seen)
				if r.URL.Path == "/limited" {
					wantAddress(t, "the client", auth.ClientAddress(r.Context()), c.client)
				}
			}))
			lines := 0
			if c.warns != "" {
				lines = 1
			}
			for path, want := range map[string]int{"/": 0, "/limited": lines} {
				log.Reset()
				for range 3 {
					r := httptest.NewRequest(http.MethodGet, path, nil)
					r.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(c.peer), 4711).String()
					if c.forwarded != "" {
						r.Header.Set("X-Forwarded-For", c.forwarded)
					}
					handler.ServeHTTP(httptest.NewRecorder(), r)
				}
				if strings.Count(log.String(), "\n") != want || want > 0 && !strings.Contains(log.String(), c.warns) {
					t.Errorf("%s: logged %q", path, log.String())
				}
			}
		})
	}
}

func wantAddress(t *testing.T, what string, got netip.Addr, want string) {
	t.Helper()
	if want == "" && got.IsValid() || want != "" && got.String() != want {
		t.Errorf("%s is %s, want %q", what, got, want)
	}
}

func TestClientIsThePeerUnlessATrustedProxyNamesAnother(t *testing.T) {
	t.Parallel()
	trust := func(networks ...string) func(*config.Config) {
		return func(c *config.Config) {
			for _, network := range networks {
				c.TrustedProxies = append(c.TrustedProxies, netip.MustParsePrefix(network))
			}
		}
	}
	for name, c := range map[string]struct {
		change    func(*config.Config)
		forwarded []string
		client    string
	}{
		"no proxy is trusted":               {trust(), []string{"203.0.113.9"}, "127.0.0.1"},
		"another proxy is trusted":          {trust("10.0.0.0/8"), []string{"203.0.113.9"}, "127.0.0.1"},
		"the proxy is trusted":              {trust("127.0.0.1/32"), []string{"203.0.113.9"}, "203.0.113.9"},
		"the client forged an address":      {trust("127.0.0.1/32"), []string{"198.51.100.1, 203.0.113.9"}, "203.0.113.9"},
		"the client forged a header":        {trust("127.0.0.1/32"), []string{"198.51.100.1", "203.0.113.9"}, "203.0.113.9"},
		"the client forged a proxy":         {trust("127.0.0.1/32", "10.0.0.0/8"), []string{"198.51.100.1, 203.0.113.9, 10.1.1.1"}, "203.0.113.9"},
		"the client has IPv6":               {trust("127.0.0.1/32"), []string{"2001:db8::9"}, "2001:db8::9"},
		"the client has IPv4 in IPv6":       {trust("127.0.0.1/32"), []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		"the proxy adds a port":             {trust("127.0.0.1/32"), []string{"203.0.113.9:51008"}, "203.0.113.9"},
		"the proxy adds a port to IPv6":     {trust("127.0.0.1/32"), []string{"[2001:db8::1]:443"}, "2001:db8::1"},
		"the proxy adds brackets":           {trust("127.0.0.1/32"), []string{"[2001:db8::1]"}, "2001:db8::1"},
		"two proxies add ports":             {trust("127.0.0.1/32", "10.0.0.0/8"), []string{"198.51.100.1:1, 203.0.113.9:2", "10.1.1.1:3 , [::ffff:10.1.1.2]:4"}, "203.0.113.9"},
		"an invalid port":                   {trust("127.0.0.1/32"), []string{"203.0.113.9:port"}, "127.0.0.1"},
		"the proxy sends no header":         {trust("127.0.0.1/32"), nil, "127.0.0.1"},
		"the proxy sends an invalid header": {trust("127.0.0.1/32"), []string{"203.0.113.9, unknown"}, "127.0.0.1"},
		"every address is trusted":          {trust("0.0.0.0/0"), []string{"203.0.113.9"}, "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testserver.New(t, testdb.Own, c.change)
			header := []string{"X-Real-Ip: 192.0.2.1", "True-Client-Ip: 192.0.2.1", "Forwarded: for=192.0.2.1"}
			for _, forwarded := range c.forwarded {
				header = append(header, "X-Forwarded-For: "+forwarded)
			}
			entry := logged(t, s.Log, "request", send(t, http.MethodGet, s.URL+"/api/health", "", header...))
			if entry["client"] != c.client {
				t.Errorf("the client is %q, want %q", entry["client"], c.client)
			}
		})
	}
}

func TestEveryResponseHasANewRequestID(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	var ids []string
	for _, path := range []string{"/graphql", "/graphql", "/api/perfil", "/api/no", "/no", "/healthz", "/playground", "/schema.graphqls"} {
		id := send(t, http.MethodGet, s.URL+path, "", "X-Request-Id: mine").Header.Get("X-Request-Id")
		if len(id) != 26 || slices.Contains(ids, id) {
			t.Errorf("%s: request id %q", path, id)
		}
		ids = append(ids, id)
	}
}
