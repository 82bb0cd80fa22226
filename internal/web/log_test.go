package web_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestEveryAnswerHasALineInTheLog(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	token := "Authorization: Bearer " + s.Token(t, s.People(t).Operator)
	for _, c := range []struct {
		method, path, body string
		route              string
		status             int
	}{
		{"POST", "/graphql", meQuery, "/graphql", 200},
		{"GET", "/api/perfil", "", "/api/perfil", 200},
		{"HEAD", "/api/perfil", "", "/api/perfil", 200},
		{"DELETE", "/api/perfil/integraciones/pms", "", "/api/perfil/integraciones/pms", 403},
		{"GET", "/api/no", "", "/api/*", 404},
		{"GET", "/no", "", "none", 404},
		{"BREW", "/no", "", "none", 404},
		{"BREW", "/graphql", "", "/graphql", 405},
		{"GET", "/playground/assets/no", "", "/playground/*", 404},
	} {
		answer := send(t, c.method, s.URL+c.path, c.body, token)
		entry := logged(t, s.Log, "request", answer)
		method := strings.Replace(c.method, "BREW", "other", 1)
		if entry["route"] != c.route || entry["method"] != method || entry["status"] != float64(c.status) || entry["client"] != "127.0.0.1" {
			t.Errorf("%s %s: %v", c.method, c.path, entry)
		}
		if took, ok := entry["durationMs"].(float64); !ok || took <= 0 || took > 10_000 {
			t.Errorf("%s %s: duration %v", c.method, c.path, entry["durationMs"])
		}
		if c.method != "HEAD" && entry["bytes"] != float64(len(answer.text)) {
			t.Errorf("%s %s: %v bytes, want %d", c.method, c.path, entry["bytes"], len(answer.text))
		}
		if entry["level"] != "INFO" {
			t.Errorf("%s %s: level %v", c.method, c.path, entry["level"])
		}
	}
}

func TestTheQuestionsOfLoadBalancersAreLoggedForDebuggingOnly(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	for _, path := range []string{"/healthz", "/readyz"} {
		if entry := logged(t, s.Log, "request", send(t, http.MethodGet, s.URL+path, "")); entry["level"] != "DEBUG" {
			t.Errorf("%s: %v", path, entry)
		}
	}
}

func TestTheLogHoldsNothingThatAClientSent(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	people := s.People(t)
	const canary = "canary-in-a-coal-mine"
	token := s.Token(t, people.Admin)
	query := "?query=" + url.QueryEscape(`{ me { email } `+canary+` }`) + "&" + canary
	for _, path := range []string{"/" + canary, "/graphql", "/api/" + canary, "/api/perfil", "/api/perfil/integraciones/pms", "/playground/" + canary} {
		for _, method := range []string{"GET", "POST", "PUT", "CANARY-IN-A-COAL-MINE"} {
			for _, body := range []string{canary, `{"` + canary + `":1}`, `{"query":"mutation { login(input: {email: \"` + canary + `@example.com\", password: \"` + canary + `\"}) { token } }"}`} {
				send(t, method, s.URL+path+query, body, "Authorization: Bearer "+token, "User-Agent: "+canary, "Referer: http://"+canary,
					"X-Request-Id: "+canary, "Cookie: "+canary+"="+canary, "X-Forwarded-For: "+canary)
			}
		}
	}
	for _, authorization := range []string{"Bearer " + canary, canary, "Basic " + canary, "Bearer " + token + canary} {
		send(t, http.MethodGet, s.URL+"/api/perfil", "", "Authorization: "+authorization)
	}
	logged(t, s.Log, "request", send(t, http.MethodGet, s.URL+"/api/health", ""))
	text := strings.ToLower(s.Log.String())
	for what, secret := range map[string]string{"the canary": canary, "a token": strings.ToLower(token[len(token)-20:]), "an address": people.Admin.Email} {
		if at := strings.Index(text, secret); at >= 0 {
			t.Errorf("%s is in the log: …%s…", what, text[max(0, at-300):at+len(secret)])
		}
	}
}

// As in the audit log, see auth.RecordedAddress.
func TestTheClientIsThePeerUnlessATrustedProxySpeaksForIt(t *testing.T) {
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
		"nobody is trusted":                          {trust(), []string{"203.0.113.9"}, "127.0.0.1"},
		"another proxy is trusted":                   {trust("10.0.0.0/8"), []string{"203.0.113.9"}, "127.0.0.1"},
		"the proxy is trusted":                       {trust("127.0.0.1/32"), []string{"203.0.113.9"}, "203.0.113.9"},
		"the client made up an address":              {trust("127.0.0.1/32"), []string{"198.51.100.1, 203.0.113.9"}, "203.0.113.9"},
		"the client made up a header":                {trust("127.0.0.1/32"), []string{"198.51.100.1", "203.0.113.9"}, "203.0.113.9"},
		"the client made up a proxy":                 {trust("127.0.0.1/32", "10.0.0.0/8"), []string{"198.51.100.1, 203.0.113.9, 10.1.1.1"}, "203.0.113.9"},
		"the client has IPv6":                        {trust("127.0.0.1/32"), []string{"2001:db8::9"}, "2001:db8::9"},
		"the client has IPv4 in IPv6":                {trust("127.0.0.1/32"), []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		"the proxy says nothing":                     {trust("127.0.0.1/32"), nil, "127.0.0.1"},
		"the proxy says nonsense":                    {trust("127.0.0.1/32"), []string{"203.0.113.9, unknown"}, "127.0.0.1"},
		"everyone is trusted, which no one ought to": {trust("0.0.0.0/0"), []string{"203.0.113.9"}, "127.0.0.1"},
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

func TestEveryAnswerNamesItsRequestAndTakesOverNoName(t *testing.T) {
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

func TestEveryAnswerHasTheHeadersThatKeepItSafe(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	token := "Authorization: Bearer " + s.Token(t, s.People(t).Admin)
	for _, path := range []string{"/graphql?query={me{email}}", "/graphql", "/api/perfil", "/api/no", "/no", "/healthz", "/readyz", "/schema.graphqls", "/playground"} {
		header := send(t, http.MethodGet, s.URL+path, "", token).Header
		for name, value := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"} {
			if got := header.Values(name); len(got) != 1 || got[0] != value {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		policy := header.Values("Content-Security-Policy")
		if len(policy) != 1 || !strings.Contains(policy[0], "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", path, policy)
		}
		if header.Get("Server") != "" || header.Get("X-Powered-By") != "" {
			t.Errorf("%s tells what runs here", path)
		}
	}
}
