package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

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
		resp := send(t, c.method, s.URL+c.path, c.body, token)
		entry := logged(t, s.Log, "request", resp)
		method := strings.Replace(c.method, "BREW", "other", 1)
		if entry["route"] != c.route || entry["method"] != method || entry["status"] != float64(c.status) || entry["client"] != "127.0.0.1" ||
			entry["level"] != c.level || c.method != "HEAD" && entry["bytes"] != float64(len(resp.text)) {
			t.Errorf("%s %s, %d bytes: %v", c.method, c.path, len(resp.text), entry)
		}
		if took, ok := entry["durationMs"].(float64); !ok || took <= 0 || took > 10_000 {
			t.Errorf("%s %s: duration %v", c.method, c.path, entry["durationMs"])
		}
	}
}

func TestLogContainsNoTextOfTheRequest(t *testing.T) {
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

func TestEveryResponseHasTheSecurityHeaders(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	token := "Authorization: Bearer " + s.Token(t, s.People(t).Admin)
	for _, path := range []string{
		"/graphql?query={me{email}}", "/graphql", "/api/perfil", "/api/no", "/no", "/healthz", "/readyz", "/schema.graphqls", "/playground",
	} {
		header := send(t, http.MethodGet, s.URL+path, "", token).Header
		for name, want := range map[string]string{
			"X-Content-Type-Options": "^nosniff$", "Cache-Control": "^no-store$", "Referrer-Policy": "^no-referrer$",
			"Content-Security-Policy": "frame-ancestors 'none'", "Server": "^$", "X-Powered-By": "^$",
		} {
			if got := strings.Join(header.Values(name), "|"); !regexp.MustCompile(want).MatchString(got) || strings.Contains(got, "|") {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
	}
}

// newPanickingServer serves the router with handlers that panic: below /late during
// their response, elsewhere before it.
func newPanickingServer(t *testing.T) (*httptest.Server, *testserver.Log) {
	t.Helper()
	log := &testserver.Log{}
	edge := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/late") {
			_, _ = io.WriteString(w, strings.Repeat("partial response", 1000))
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
	return s, log
}

func TestPanicIsAnInternalErrorWithTheRequestID(t *testing.T) {
	t.Parallel()
	s, log := newPanickingServer(t)
	for _, path := range []string{"/graphql", "/api/perfil"} {
		resp := send(t, http.MethodPost, s.URL+path, meQuery)
		id := resp.Header.Get("X-Request-Id")
		if resp.StatusCode != http.StatusInternalServerError || resp.envelope() != envelopeOf(path) || !strings.Contains(resp.text, id) || strings.Contains(resp.text, "secret") {
			t.Errorf("%s, request %s: got %d %s", path, id, resp.StatusCode, resp.text)
		}
		entry := logged(t, log, "panic", resp)
		if entry["level"] != "ERROR" || entry["panic"] != "the secret of "+path || !strings.Contains(entry["stack"].(string), "middleware_test.go") {
			t.Errorf("logged %v", entry)
		}
		if entry := logged(t, log, "request", resp); entry["status"] != 500.0 {
			t.Errorf("logged %v", entry)
		}
	}
}

func TestPanicDuringAResponseAbortsTheConnection(t *testing.T) {
	t.Parallel()
	s, log := newPanickingServer(t)
	resp, err := http.Get(s.URL + "/late")
	if err == nil {
		defer resp.Body.Close()
		_, err = io.ReadAll(resp.Body)
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		t.Errorf("the response looks complete: %v", err)
	}
	if !strings.Contains(log.String(), `"panic":"the secret of /late"`) {
		t.Errorf("logged %s", log)
	}
}

func TestDisconnectOfAClientIsNotAnErrorInLogAndMetrics(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	token := s.Token(t, s.People(t).Admin)
	lock, err := s.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Rollback(context.Background()) }()
	testdb.Exec(t, lock, "lock table configuracion_pms in access exclusive mode")
	for _, request := range []struct{ method, path, body string }{
		{http.MethodPost, "/graphql", `{"query":"{ me { company { integrations { pms { provider } } } } }"}`},
		{http.MethodGet, "/api/perfil/integraciones", ""},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, request.method, s.URL+request.path, strings.NewReader(request.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + token}}
		failed := make(chan error, 1)
		go func() {
			resp, err := http.DefaultTransport.RoundTrip(r)
			if err == nil {
				_ = resp.Body.Close()
			}
			failed <- err
		}()
		awaitLockWaiters(t, s, true)
		cancel()
		if <-failed == nil {
			t.Fatalf("%s: got a response", request.path)
		}
		testtime.Eventually(t, "the disconnect is logged", func() bool {
			return strings.Contains(s.Log.String(), `"route":"`+request.path+`","status":499`)
		})
		// The statement does not end with its request. Cancel it, as its timeout would.
		testdb.Exec(t, s.Pool, "select pg_cancel_backend(l.pid) "+lockWaiters)
		awaitLockWaiters(t, s, false)
	}
	if log := s.Log.String(); strings.Contains(log, `"level":"ERROR"`) || strings.Contains(log, `"level":"WARN"`) {
		t.Errorf("the log contains an error: %s", log)
	}
	text := metricsOf(t, s)
	wantLines(t, text, `graphql_errors_total{code="INTERNAL_SERVER_ERROR"} 0`, `graphql_errors_total{code="UNAVAILABLE"} 0`)
	if strings.Contains(text, `status="5`) {
		t.Errorf("the metrics count an error:\n%s", text)
	}
}

// lockWaiters selects the statements that wait for a lock in this database.
const lockWaiters = "from pg_locks l join pg_database d on d.oid = l.database where d.datname = current_database() and not l.granted"

// awaitLockWaiters waits until a statement waits for a lock, or none does.
func awaitLockWaiters(t *testing.T, s *testserver.Server, want bool) {
	t.Helper()
	testtime.Eventually(t, fmt.Sprintf("a statement waits for a lock: %t", want), func() bool {
		return testdb.Value[bool](t, s.Pool, "select exists (select "+lockWaiters+")") == want
	})
}
