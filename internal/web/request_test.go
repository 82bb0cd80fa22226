package web_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/web"
)

const (
	proxyAddress  = "10.0.0.1"
	clientAddress = "192.0.2.7"
)

func TestClientIsThePeerUnlessATrustedProxyNamesAnother(t *testing.T) {
	const proxy, ten = proxyAddress + "/32", "10.0.0.0/8"
	for name, c := range map[string]struct {
		peer, trusted string   // networks, empty for none
		forwarded     []string // headers
		client, seen  string   // empty for unknown
		warns         string
	}{
		"a direct client":                   {clientAddress, "", nil, clientAddress, clientAddress, ""},
		"a client that bypasses the proxy":  {clientAddress, proxy, nil, clientAddress, clientAddress, ""},
		"a proxy that names a client":       {proxyAddress, proxy, []string{clientAddress}, clientAddress, clientAddress, ""},
		"a client that forged an address":   {proxyAddress, proxy, []string{"198.51.100.1, " + clientAddress}, clientAddress, clientAddress, ""},
		"a client that forged a header":     {proxyAddress, proxy, []string{"198.51.100.1", clientAddress}, clientAddress, clientAddress, ""},
		"a client that forged a proxy":      {proxyAddress, ten, []string{"198.51.100.1, " + clientAddress + ", 10.1.1.1"}, clientAddress, clientAddress, ""},
		"a client with IPv6":                {proxyAddress, proxy, []string{"2001:db8::9"}, "2001:db8::9", "2001:db8::9", ""},
		"a client with IPv4 in IPv6":        {proxyAddress, proxy, []string{"::ffff:" + clientAddress}, clientAddress, clientAddress, ""},
		"a proxy that adds a port":          {proxyAddress, proxy, []string{clientAddress + ":51008"}, clientAddress, clientAddress, ""},
		"a proxy that adds a port to IPv6":  {proxyAddress, proxy, []string{"[2001:db8::1]:443"}, "2001:db8::1", "2001:db8::1", ""},
		"a proxy that adds brackets":        {proxyAddress, proxy, []string{"[2001:db8::1]"}, "2001:db8::1", "2001:db8::1", ""},
		"two proxies that add ports":        {proxyAddress, ten, []string{"198.51.100.1:1, " + clientAddress + ":2", "10.1.1.1:3 , [::ffff:10.1.1.2]:4"}, clientAddress, clientAddress, ""},
		"a proxy with an invalid port":      {proxyAddress, proxy, []string{clientAddress + ":port"}, "", proxyAddress, "names no client"},
		"a proxy that is not trusted":       {proxyAddress, "", []string{clientAddress}, "", proxyAddress, "a peer that is not trusted"},
		"another proxy is trusted":          {proxyAddress, "10.0.0.2/32", []string{clientAddress}, "", proxyAddress, "a peer that is not trusted"},
		"a proxy without the header":        {proxyAddress, proxy, nil, "", proxyAddress, "names no client"},
		"a proxy with an unreadable header": {proxyAddress, proxy, []string{clientAddress + ", unknown"}, "", proxyAddress, "names no client"},
		"a proxy that names itself":         {proxyAddress, proxy, []string{proxyAddress}, "", proxyAddress, "names no client"},
		"a proxy in IPv6 form":              {"::ffff:" + proxyAddress, proxy, nil, "", proxyAddress, "names no client"},
		"every address is a trusted proxy":  {proxyAddress, "0.0.0.0/0", []string{clientAddress}, "", proxyAddress, "names no client"},
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
					r.Header["X-Forwarded-For"] = c.forwarded
					for _, ignored := range []string{"X-Real-Ip", "True-Client-Ip", "Forwarded"} {
						r.Header.Set(ignored, "198.51.100.2")
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
