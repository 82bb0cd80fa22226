package connection_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/connection"
	"github.com/stay-sidekick/profile-server/test/support/testprovider"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// connects counts the tunnels that the proxy of the environment was asked for.
var connects atomic.Int64

// TestMain sets the proxy before the first request, because Go reads it once. It refuses
// all tunnels. Requests to a loopback address do not use it.
func TestMain(m *testing.M) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodConnect && r.Host == "provider.invalid:443" {
			connects.Add(1)
		}
		w.WriteHeader(http.StatusUnauthorized)
	}))
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "https_proxy"} {
		_ = os.Unsetenv(name)
	}
	_ = os.Setenv("HTTPS_PROXY", proxy.URL)
	code := m.Run()
	proxy.Close()
	os.Exit(code)
}

func at(t *testing.T, address string) map[string]*url.URL {
	t.Helper()
	base, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	urls := make(map[string]*url.URL)
	for _, provider := range connection.Providers() {
		urls[provider] = base
	}
	return urls
}

func expectAll(t *testing.T, c *connection.Checker, want verdict) {
	t.Helper()
	for _, provider := range connection.Providers() {
		if got := verdictOf(c.Check(t.Context(), with(provider, testprovider.GoodKey))); !got.equal(want) {
			t.Errorf("%s: got %+v, want %+v", provider, got, want)
		}
	}
}

func TestResponseOfNoAPIIsUnverifiable(t *testing.T) {
	t.Parallel()
	s := testprovider.New(t)
	c := connection.New(connection.Config{URLs: s.URLs()})
	defer c.Close()
	for name, handler := range map[string]http.Handler{
		"a captive portal":        testprovider.Portal,
		"JSON that ends early":    testprovider.Garbage,
		"10 MB":                   testprovider.Huge,
		"JSON without an end":     http.HandlerFunc(endless),
		"a redirect":              testprovider.Redirect(http.StatusFound, s.URLs()[connection.Smoobu].String()),
		"a redirect of a POST":    testprovider.Redirect(http.StatusTemporaryRedirect, "/hostaway/v1/accessTokens"),
		"a redirect to nowhere":   testprovider.Redirect(http.StatusFound, ""),
		"a redirect to no URL":    testprovider.Redirect(http.StatusMovedPermanently, "http://[::"),
		"text with control codes": testprovider.Answer(http.StatusOK, "text/plain", "\x00\x1b[2J"),
	} {
		t.Run(name, func(t *testing.T) {
			s.Override(handler)
			before := s.Requests()
			expectAll(t, c, failed)
			if got := s.Requests() - before; got != len(connection.Providers()) {
				t.Errorf("%d requests, want one for each provider", got)
			}
		})
	}
}

// endless sends spaces until the client disconnects.
func endless(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnauthorized)
	for err := error(nil); err == nil; {
		_, err = fmt.Fprintf(w, "%100000s", "")
	}
}

func TestResponseOfAtMost1MiBIsRead(t *testing.T) {
	t.Parallel()
	s := testprovider.New(t)
	c := connection.New(connection.Config{URLs: s.URLs()})
	for size, want := range map[int]verdict{1 << 20: valid, 1<<20 + 1: failed} {
		s.Override(testprovider.Answer(http.StatusOK, "application/json", `{"validToken":true}`+strings.Repeat(" ", size-len(`{"validToken":true}`))))
		if got := verdictOf(c.Check(t.Context(), with(connection.Beds24, "key"))); !got.equal(want) {
			t.Errorf("%d bytes: got %+v, want %+v", size, got, want)
		}
	}
}

func TestNoResponseIsUnverifiable(t *testing.T) {
	t.Parallel()
	hanging, hangingLater := testprovider.New(t), testprovider.New(t)
	hanging.Override(testprovider.Hang)
	hangingLater.Override(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		w.(http.Flusher).Flush()
		testprovider.Hang.ServeHTTP(w, r)
	}))
	const header = "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\n"
	for name, config := range map[string]connection.Config{
		"refused connection":       {URLs: testprovider.UnreachableURLs()},
		"no HTTP":                  {URLs: at(t, rawServer(t, "SSH-2.0-x\r\n"))},
		"cut response":             {URLs: at(t, rawServer(t, header+"Content-Length: 100\r\n\r\n{}"))},
		"header of 2 MB":           {URLs: at(t, rawServer(t, header+"X: "+strings.Repeat("x", 2_000_000)+"\r\n\r\n"))},
		"hanging":                  {URLs: hanging.URLs(), Timeout: 20 * time.Millisecond},
		"hanging after the header": {URLs: hangingLater.URLs(), Timeout: 100 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) { expectAll(t, connection.New(config), unreachable) })
	}
	t.Run("a name that does not resolve is looked up once", func(t *testing.T) {
		lookups := 0
		transport := connection.NewTransport()
		transport.Proxy = nil
		transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
			lookups++
			return nil, &net.DNSError{Err: "no such host", Name: "provider.invalid", IsNotFound: true}
		}
		c := connection.New(connection.Config{URLs: at(t, "https://provider.invalid"), Transport: transport})
		if got := verdictOf(c.Check(t.Context(), with(connection.OpenAI, "key"))); !got.equal(unreachable) || lookups != 1 {
			t.Errorf("got %+v after %d lookups", got, lookups)
		}
	})
}

// rawServer sends a text to every connection after the first bytes of its request, and
// returns its URL.
func rawServer(t *testing.T, text string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // the test has ended
			}
			go func() {
				defer conn.Close()
				_, _ = conn.Read(make([]byte, 1<<16))
				_, _ = conn.Write([]byte(text))
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

func TestCancelledContextCancelsTheRequest(t *testing.T) {
	t.Parallel()
	s := testprovider.New(t)
	c := connection.New(connection.Config{URLs: s.URLs(), Timeout: time.Hour})
	for _, provider := range connection.Providers() {
		if provider == connection.Hostaway { // see TestTokenOfHostawayIsAlwaysDeleted
			continue
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		s.Override(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done()
			close(ended)
		}))
		if got := verdictOf(c.Check(ctx, with(provider, "key"))); !got.equal(unreachable) {
			t.Errorf("%s: got %+v", provider, got)
		}
		<-ended
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	before := s.Requests()
	for _, provider := range connection.Providers() {
		if got := verdictOf(c.Check(ctx, with(provider, "key"))); !got.equal(unreachable) || s.Requests() != before {
			t.Errorf("%s: got %+v after %d requests", provider, got, s.Requests()-before)
		}
	}
}

// net/http continues a dial whose request has ended.
func TestConnectionWithoutATLSHandshakeIsClosed(t *testing.T) {
	t.Parallel()
	testtime.Slow(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	c := connection.New(connection.Config{URLs: at(t, "https://"+listener.Addr().String()), Timeout: 50 * time.Millisecond})
	c.Check(t.Context(), connection.Credentials{Provider: connection.Beds24, Key: "key"})
	silent, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	if err := silent.SetReadDeadline(time.Now().Add(2 * connection.DefaultTimeout)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, silent); err != nil {
		t.Errorf("the connection stays open: %v", err)
	}
}

func TestTLS12IsRequired(t *testing.T) {
	t.Parallel()
	for version, want := range map[uint16]verdict{tls.VersionTLS11: unreachable, tls.VersionTLS12: valid} {
		server := httptest.NewUnstartedServer(testprovider.Answer(http.StatusOK, "application/json", `{"validToken":true}`))
		server.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: version}
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.StartTLS()
		transport := connection.NewTransport()
		transport.TLSClientConfig.RootCAs = x509.NewCertPool()
		transport.TLSClientConfig.RootCAs.AddCert(server.Certificate())
		c := connection.New(connection.Config{URLs: at(t, server.URL), Transport: transport})
		if got := verdictOf(c.Check(t.Context(), with(connection.Beds24, "key"))); !got.equal(want) {
			t.Errorf("%s: got %+v, want %+v", tls.VersionName(version), got, want)
		}
		server.Close()
	}
}

func TestPathOfTheBaseURLIsKept(t *testing.T) {
	t.Parallel()
	var requested string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		requested = r.RequestURI
		if !r.Close {
			t.Error("the connection is kept: Go may repeat a request on it")
		}
	}))
	defer server.Close()
	for base, want := range map[string]string{
		"": "/v1/models?limit=1000", "/": "/v1/models?limit=1000", "/a": "/a/v1/models?limit=1000", "/a/": "/a/v1/models?limit=1000",
		"/a%2Fb/c": "/a%2Fb/c/v1/models?limit=1000",
	} {
		c := connection.New(connection.Config{URLs: at(t, server.URL+base)})
		if c.Check(t.Context(), with(connection.Claude, "key")); requested != want {
			t.Errorf("base %q: requested %s, want %s", base, requested, want)
		}
	}
}

func TestProxyOfTheEnvironmentIsUsed(t *testing.T) {
	t.Parallel()
	c := connection.New(connection.Config{URLs: at(t, "https://provider.invalid")})
	before := connects.Load()
	expectAll(t, c, unreachable) // also where the proxy responds with 401
	if got, want := connects.Load()-before, int64(len(connection.Providers())); got != want {
		t.Errorf("the proxy got %d requests for a tunnel, want %d", got, want)
	}
}
