// Package testprovider runs a server that behaves like the PMS and AI providers, as far
// as a check of an API key needs them. A request that a provider would not understand
// fails the test.
package testprovider

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/connection"
)

// The server decides by the first letters of a key; all other keys are rejected.
const (
	GoodKey       = "good-"       // accepted
	SignedKey     = "signed-"     // accepted by Smoobu with a signature only
	RestrictedKey = "restricted-" // lacks a permission; Hostaway has no such keys
	BusyKey       = "busy-"       // too many requests
	UnpaidKey     = "unpaid-"     // too many requests, because no credit is left
)

// Secret is the secret of all keys of Smoobu, Account the account of all keys of
// Hostaway.
const (
	Secret  = "a secret:\nñ"
	Account = "12345"
)

// AccountName is the name of the account of each key of Smoobu and Cloudbeds.
const AccountName = "Ana García"

// Models are the models that each key of an AI provider may use, sorted.
var Models = []string{"model-large", "model-small"}

// Server is a running server.
type Server struct {
	url string
	t   testing.TB

	mu       sync.Mutex
	override http.Handler
	requests int
	nonces   map[string]bool
	tokens   map[string]bool
}

// New starts a server, which stops at the end of the test.
func New(t testing.TB) *Server {
	s := &Server{t: t, nonces: make(map[string]bool), tokens: make(map[string]bool)}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections) // before, because requests may hang
	s.url = server.URL
	return s
}

// URLs returns the base URLs of the providers, each with a path of its own.
func (s *Server) URLs() map[string]*url.URL { return baseURLs(s.url) }

// Settings returns the base URLs as settings, such as "SMOOBU_URL=http://127.0.0.1:1/smoobu".
func (s *Server) Settings() []string { return settings(s.URLs()) }

// UnreachableURLs returns base URLs at which no server listens.
func UnreachableURLs() map[string]*url.URL { return baseURLs(unreachable) }

// UnreachableSettings returns UnreachableURLs as settings.
func UnreachableSettings() []string { return settings(UnreachableURLs()) }

// unreachable refuses connections: nothing listens on port 1.
const unreachable = "http://127.0.0.1:1"

func baseURLs(server string) map[string]*url.URL {
	urls := make(map[string]*url.URL)
	for _, provider := range connection.Providers() {
		base, err := url.Parse(server + "/" + provider)
		if err != nil {
			panic(err)
		}
		urls[provider] = base
	}
	return urls
}

func settings(urls map[string]*url.URL) []string {
	var list []string
	for provider, base := range urls {
		list = append(list, strings.ToUpper(provider)+"_URL="+base.String())
	}
	return slices.Sorted(slices.Values(list))
}

// Override replaces the responses of all providers, nil restores them.
func (s *Server) Override(h http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.override = h
}

// Requests returns the number of requests so far.
func (s *Server) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// OpenTokens returns the number of tokens of Hostaway that were created and not
// deleted.
func (s *Server) OpenTokens() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.tokens)
}

// ServeHTTP responds as the provider whose name is the first segment of the path.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests++
	override := s.override
	s.mu.Unlock()
	if override != nil {
		override.ServeHTTP(w, r)
		return
	}
	s.Respond(w, r)
}

// Respond responds like the provider, also while an Override is set, which may call it.
func (s *Server) Respond(w http.ResponseWriter, r *http.Request) {
	provider, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	call := call{Server: s, w: w, r: r, target: r.Method + " /" + path}
	if r.URL.RawQuery != "" {
		call.target += "?" + r.URL.RawQuery
	}
	if r.Header.Get("User-Agent") == "" || strings.HasPrefix(r.Header.Get("User-Agent"), "Go-http-client") {
		call.misunderstood("no User-Agent of its own")
		return
	}
	if provider == connection.Hostaway {
		call.hostaway()
	} else if _, ok := requests[provider]; ok {
		call.respond(provider)
	} else {
		call.misunderstood("no such provider")
	}
}

// call is a request to a provider. target is its method, path and query.
type call struct {
	*Server
	w      http.ResponseWriter
	r      *http.Request
	target string
}

// misunderstood fails the test and responds with 404. It quotes no header and no query,
// which contain keys.
func (c call) misunderstood(why string) {
	c.t.Errorf("testprovider: %s %s: %s", c.r.Method, c.r.URL.Path, why)
	c.json(http.StatusNotFound, object{})
}

// expects reports whether a request has a target, exactly one value of each header, and
// no other header that may contain a key.
func (c call) expects(target string, headers ...string) bool {
	if c.target != target {
		c.misunderstood("not " + target)
		return false
	}
	for _, header := range headers {
		if len(c.r.Header.Values(header)) != 1 {
			c.misunderstood("not one header " + header)
			return false
		}
	}
	for _, header := range []string{"Api-Key", "x-api-key", "token", "Authorization", "x-goog-api-key", "Cookie"} {
		if c.r.Header.Get(header) != "" && !slices.Contains(headers, header) {
			c.misunderstood("has header " + header)
			return false
		}
	}
	return true
}

type object = map[string]any

func (c call) json(status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	c.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	c.w.WriteHeader(status)
	_, _ = c.w.Write(text) // fails when the client has disconnected
}

// limited responds to keys that sent too many requests.
func (c call) limited(key string) bool {
	switch {
	case strings.HasPrefix(key, BusyKey):
		c.json(http.StatusTooManyRequests, object{"error": object{"type": "rate_limit_error", "message": "slow down"}})
	case strings.HasPrefix(key, UnpaidKey):
		c.json(http.StatusTooManyRequests, object{"error": object{"type": "insufficient_quota", "code": "insufficient_quota", "message": "pay first"}})
	default:
		return false
	}
	return true
}
