package web_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/stay-sidekick/profile-server/internal/web"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestEveryResponseIsLogged(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	token := "Authorization: Bearer " + s.Token(t, s.People(t).Operator)
	for _, c := range []struct {
		method, path, body string
		route, level       string
		status             int
	}{
		{"POST", "/graphql", meQuery, "/graphql", "INFO", 200},
		{"GET", "/api/perfil", "", "/api/perfil", "INFO", 200},
		{"HEAD", "/api/perfil", "", "/api/perfil", "INFO", 200},
		{"DELETE", pmsRoute, "", pmsRoute, "INFO", 403},
		{"GET", "/api/no", "", "/api/*", "INFO", 404},
		{"GET", "/no", "", "none", "INFO", 404},
		{"BREW", "/no", "", "none", "INFO", 404},
		{"BREW", "/graphql", "", "/graphql", "INFO", 405},
		{"BREW", "/api/perfil", "", "/api/perfil", "INFO", 405},
		{"POST", "/healthz", "", "/healthz", "INFO", 405},
		{"GET", "/playground/assets/no", "", "/playground/*", "INFO", 404},
		{"GET", "/healthz", "", "/healthz", "DEBUG", 200},
		{"GET", "/readyz", "", "/readyz", "DEBUG", 200},
	} {
		resp := s.Send(t, "", c.method, c.path, c.body, token)
		entry := logged(t, s.Log, "request", resp)
		method := strings.Replace(c.method, "BREW", "other", 1)
		if entry["route"] != c.route || entry["method"] != method || entry["status"] != float64(c.status) || entry["client"] != "127.0.0.1" ||
			entry["level"] != c.level || c.method != "HEAD" && entry["bytes"] != float64(len(resp.Body)) {
			t.Errorf("%s %s, %d bytes: %v", c.method, c.path, len(resp.Body), entry)
		}
		if took, ok := entry["durationMs"].(float64); !ok || took <= 0 || took > 10_000 {
			t.Errorf("%s %s: duration %v", c.method, c.path, entry["durationMs"])
		}
	}
}

func TestLogAndMetricsContainNoTextOfTheRequest(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	people := s.People(t)
	const canary = "canary-in-a-coal-mine"
	token := s.Token(t, people.Admin)
	query := "?query=" + url.QueryEscape(`{ me { email } `+canary+` }`) + "&" + canary
	for _, path := range []string{"/" + canary, "/graphql", "/api/" + canary, "/api/perfil", pmsRoute, "/playground/" + canary} {
		for _, method := range []string{"GET", "POST", "PUT", strings.ToUpper(canary)} {
			for _, body := range []string{canary, `{"` + canary + `":1}`, `{"query":"mutation { login(input: {email: \"` + canary + `@example.com\", password: \"` + canary + `\"}) { token } }"}`} {
				s.Send(t, token, method, path+query, body, "User-Agent: "+canary, "Referer: http://"+canary,
					"X-Request-Id: "+canary, "Cookie: "+canary+"="+canary, "X-Forwarded-For: "+canary)
			}
		}
	}
	for _, authorization := range []string{"Bearer " + canary, canary, "Basic " + canary, "Bearer " + token + canary} {
		s.Send(t, "", http.MethodGet, "/api/perfil", "", "Authorization: "+authorization)
	}
	logged(t, s.Log, "request", s.Send(t, "", http.MethodGet, "/api/health", ""))
	metrics := metricsOf(t, s)
	text := strings.ToLower(s.Log.String() + metrics)
	for what, secret := range map[string]string{"the canary": canary, "a token": strings.ToLower(token[len(token)-20:]), "an address": people.Admin.Email} {
		if at := strings.Index(text, secret); at >= 0 {
			t.Errorf("%s is in the log or the metrics: …%s…", what, text[max(0, at-300):at+len(secret)])
		}
	}
	routes := map[string]bool{"none": true, "/graphql": true, "/api/*": true, "/api/perfil": true, pmsRoute: true, "/playground/*": true, "/api/health": true}
	for _, match := range regexp.MustCompile(`route="([^"]*)"`).FindAllStringSubmatch(metrics, -1) {
		if !routes[match[1]] {
			t.Errorf("route %q", match[1])
		}
	}
}

func TestEveryResponseHasTheSecurityHeadersAndANewRequestID(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	token := s.Token(t, s.People(t).Admin)
	ids := map[string]bool{}
	for _, path := range []string{
		"/graphql?query={me{email}}", "/graphql", "/api/perfil", "/api/no", "/no", "/healthz", "/readyz", "/schema.graphqls", "/playground",
	} {
		header := s.Send(t, token, http.MethodGet, path, "", "X-Request-Id: mine").Header
		for name, want := range map[string]string{
			"X-Content-Type-Options": "^nosniff$", "Cache-Control": "^no-store$", "Referrer-Policy": "^no-referrer$",
			"Content-Security-Policy": "frame-ancestors 'none'", "Server": "^$", "X-Powered-By": "^$", "X-Request-Id": "^[A-Z2-7]{26}$",
		} {
			if got := strings.Join(header.Values(name), "|"); !regexp.MustCompile(want).MatchString(got) || strings.Contains(got, "|") {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if id := header.Get("X-Request-Id"); ids[id] {
			t.Errorf("%s: a second response has the id %s", path, id)
		}
		ids[header.Get("X-Request-Id")] = true
	}
}

// newPanickingServer serves the router with handlers that panic: below /late during
// their response, elsewhere before it.
func newPanickingServer(t *testing.T) *testserver.Server {
	t.Helper()
	log := &testserver.Log{}
	edge := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/late") {
			_, _ = io.WriteString(w, strings.Repeat("partial response", 1000))
		}
		if r.URL.Path == "/api/abort" {
			panic(http.ErrAbortHandler)
		}
		panic("the secret of " + r.URL.Path)
	})
	handler, err := web.NewHandler(web.Config{
		GraphQL: edge,
		REST:    func(r chi.Router) { r.Handle("/api/*", edge); r.Handle("/late", edge) },
		Metrics: web.NewMetrics(testdb.New(t, testdb.Empty).Pool),
		Log:     web.LogRequestID(slog.New(slog.NewJSONHandler(log, nil))),
	})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(handler)
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	s.Start()
	t.Cleanup(s.Close)
	return &testserver.Server{Server: s, Log: log}
}

func TestPanicIsAnInternalErrorWithTheRequestID(t *testing.T) {
	t.Parallel()
	s := newPanickingServer(t)
	for path, ids := range map[string]int{"/graphql": 2, "/api/perfil": 1} { // in the message and in requestId
		resp := s.Send(t, "", http.MethodPost, path, meQuery)
		id := resp.Header.Get("X-Request-Id")
		if resp.Status != http.StatusInternalServerError || envelope(resp) != envelopeOf(path) || strings.Count(resp.Body, id) != ids || strings.Contains(resp.Body, "secret") {
			t.Errorf("%s, request %s: got %d %s", path, id, resp.Status, resp.Body)
		}
		entry := logged(t, s.Log, "panic", resp)
		if entry["level"] != "ERROR" || entry["panic"] != "the secret of "+path || !strings.Contains(entry["stack"].(string), "middleware_test.go") {
			t.Errorf("logged %v", entry)
		}
		if entry := logged(t, s.Log, "request", resp); entry["status"] != 500.0 {
			t.Errorf("logged %v", entry)
		}
	}
}

func TestPanicDuringAResponseAbortsTheConnection(t *testing.T) {
	t.Parallel()
	s := newPanickingServer(t)
	for _, path := range []string{"/late", "/api/abort"} {
		resp, err := http.Get(s.URL + path)
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			_ = resp.Body.Close()
		}
		if !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
			t.Errorf("%s: the response looks complete: %v", path, err)
		}
	}
	if log := s.Log.String(); strings.Count(log, `"msg":"panic"`) != 1 || !strings.Contains(log, `"panic":"the secret of /late"`) {
		t.Errorf("logged %s", log)
	}
}

func TestDisconnectOfAClientIsNotAnErrorInLogAndMetrics(t *testing.T) {
	t.Parallel()
	proxy := testdb.NewProxy(t, testdb.New(t, testdb.Own).URL)
	s := testserver.On(t, testdb.Open(t, proxy.URL))
	token := s.Token(t, s.People(t).Admin)
	proxy.Freeze()
	for path, query := range map[string]string{"/graphql": "?query={me{email}}", "/api/perfil": ""} {
		getBriefly(t, s.URL+path+query, token)
		testtime.Eventually(t, "the disconnect is logged", func() bool {
			return strings.Contains(s.Log.String(), `"route":"`+path+`","status":499`)
		})
	}
	proxy.Thaw()
	if log := s.Log.String(); strings.Contains(log, `"level":"ERROR"`) || strings.Contains(log, `"level":"WARN"`) {
		t.Errorf("the log contains an error: %s", log)
	}
	text := metricsOf(t, s)
	wantLines(t, text, `graphql_errors_total{code="INTERNAL_SERVER_ERROR"} 0`, `graphql_errors_total{code="UNAVAILABLE"} 0`)
	if strings.Contains(text, `status="5`) {
		t.Errorf("the metrics count an error:\n%s", text)
	}
}

// getBriefly sends a request and disconnects before its response.
func getBriefly(t *testing.T, url, token string) {
	t.Helper()
	client := &http.Client{Timeout: 50 * time.Millisecond}
	if resp, err := testserver.TrySend(client, token, http.MethodGet, url, ""); err == nil {
		t.Errorf("got %d, want no response", resp.Status)
	}
}
