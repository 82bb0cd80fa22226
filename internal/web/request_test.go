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
	proxy   = "10.0.0.1"
	visitor = "192.0.2.7"
)

func TestAClientThatIsNotKnownIsToldToTheLogOnceWhenItMatters(t *testing.T) {
	for name, c := range map[string]struct {
		peer, forwarded string
		trusted         string // empty for nobody
		client, seen    string // empty for unknown
		warns           string
	}{
		"a client alone":                            {visitor, "", "", visitor, visitor, ""},
		"a client beside the proxy":                 {visitor, "", proxy + "/32", visitor, visitor, ""},
		"a proxy that names a client":               {proxy, visitor, proxy + "/32", visitor, visitor, ""},
		"a proxy that is not trusted":               {proxy, visitor, "", "", proxy, "a peer that is not trusted"},
		"another proxy is trusted":                  {proxy, visitor, "10.0.0.2/32", "", proxy, "a peer that is not trusted"},
		"a trusted proxy without the header":        {proxy, "", proxy + "/32", "", proxy, "names no client"},
		"a trusted proxy with an unreadable header": {proxy, visitor + ", unknown", proxy + "/32", "", proxy, "names no client"},
		"a trusted proxy that names itself":         {proxy, proxy, proxy + "/32", "", proxy, "names no client"},
		"a trusted proxy in IPv6 form":              {"::ffff:" + proxy, "", proxy + "/32", "", proxy, "names no client"},
	} {
		t.Run(name, func(t *testing.T) {
			var trusted []netip.Prefix
			if c.trusted != "" {
				trusted = append(trusted, netip.MustParsePrefix(c.trusted))
			}
			var log bytes.Buffer
			handler := web.IdentifyRequest(trusted, slog.New(slog.NewTextHandler(&log, nil)))(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				wantAddress(t, "seen", auth.RecordedAddress(r.Context()), c.seen)
				if r.URL.Path == "/matters" {
					wantAddress(t, "the client", auth.ClientAddress(r.Context()), c.client)
				}
			}))
			lines := 0
			if c.warns != "" {
				lines = 1
			}
			for path, want := range map[string]int{"/": 0, "/matters": lines} {
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
					t.Errorf("%s: the log says %q", path, log.String())
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
