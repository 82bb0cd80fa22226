package web_test

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/internal/web"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestAnUnknownAddressIsAnsweredInJSON(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, "BREW"} {
		for _, path := range []string{"/no", "/graphql/", "/graphql/x", "/GraphQL", "/healthz/", "/metrics", "/debug/pprof/", "/.env", "/%2e%2e/etc/passwd", "/apiary"} {
			answer := send(t, method, s.URL+path, "")
			if answer.StatusCode != http.StatusNotFound || !answer.isGraphQL(t) {
				t.Errorf("%s %s: got %d %s", method, path, answer.StatusCode, answer.text)
			}
		}
		answer := send(t, method, s.URL+"/api/no", "")
		if answer.StatusCode != http.StatusNotFound || !answer.isLegacy(t) {
			t.Errorf("%s /api/no: got %d %s", method, answer.StatusCode, answer.text)
		}
	}
}

func TestAnUnknownAddressOfThePlaygroundIsAnsweredInJSON(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		for _, path := range []string{"/playground/no", "/playground/assets/", "/playground/assets/no.js", "/playground/assets/..%2findex.html", "/playground/config.json/"} {
			answer := send(t, method, s.URL+path, "")
			if answer.StatusCode != http.StatusNotFound || !answer.isJSON() || method == http.MethodGet && !answer.isGraphQL(t) {
				t.Errorf("%s %s: got %d %v %s", method, path, answer.StatusCode, answer.Header, answer.text)
			}
		}
	}
}

func TestAMethodThatAnAddressDoesNotTakeIsAnsweredInJSON(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	for _, path := range []string{"/healthz", "/readyz", "/schema.graphqls", "/", "/playground", "/playground/config.json"} {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodTrace, http.MethodOptions, "BREW"} {
			answer := send(t, method, s.URL+path, "")
			if answer.StatusCode != http.StatusMethodNotAllowed || !answer.isGraphQL(t) || answer.Header.Get("Allow") != "GET, HEAD" {
				t.Errorf("%s %s: got %d, Allow %q, %s", method, path, answer.StatusCode, answer.Header.Get("Allow"), answer.text)
			}
		}
	}
	for path, c := range map[string]struct {
		allow    string
		envelope func(reply, *testing.T) bool
	}{
		"/graphql":                      {"GET, POST", reply.isGraphQL},
		"/api/perfil":                   {"GET, HEAD", reply.isLegacy},
		"/api/perfil/integraciones/pms": {"DELETE, PUT", reply.isLegacy},
	} {
		for _, method := range []string{http.MethodPatch, http.MethodTrace, http.MethodOptions, "BREW", "get"} {
			answer := send(t, method, s.URL+path, "")
			if answer.StatusCode != http.StatusMethodNotAllowed || !c.envelope(answer, t) || answer.Header.Get("Allow") != c.allow {
				t.Errorf("%s %s: got %d, Allow %q, %s", method, path, answer.StatusCode, answer.Header.Get("Allow"), answer.text)
			}
		}
	}
	answer := send(t, http.MethodHead, s.URL+"/graphql?query=%7Bme%7Bid%7D%7D", "")
	if answer.StatusCode != http.StatusMethodNotAllowed || answer.text != "" || answer.Header.Get("Allow") != "GET, POST" {
		t.Errorf("HEAD /graphql: got %d, Allow %q, %s", answer.StatusCode, answer.Header.Get("Allow"), answer.text)
	}
}

func TestWhatIsOffIsNotThere(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own, func(c *config.Config) { c.Playground, c.Introspection = false, false })
	for _, path := range []string{"/", "/playground", "/playground/", "/playground/config.json", "/schema.graphqls"} {
		if answer := send(t, http.MethodGet, s.URL+path, ""); answer.StatusCode != http.StatusNotFound || !answer.isGraphQL(t) {
			t.Errorf("%s: got %d %s", path, answer.StatusCode, answer.text)
		}
	}
}

func TestPlaygroundAndIntrospectionAreSwitchedApart(t *testing.T) {
	t.Parallel()
	for _, on := range []struct{ playground, introspection bool }{{true, false}, {false, true}} {
		s := testserver.New(t, testdb.Own, func(c *config.Config) { c.Playground, c.Introspection = on.playground, on.introspection })
		for path, there := range map[string]bool{"/playground": on.playground, "/playground/config.json": on.playground, "/schema.graphqls": on.introspection} {
			answer := send(t, http.MethodGet, s.URL+path, "")
			if (answer.StatusCode == http.StatusOK) != there || !there && !answer.isGraphQL(t) {
				t.Errorf("%+v: %s: got %d %.200s", on, path, answer.StatusCode, answer.text)
			}
			if path == "/playground/config.json" && there && !strings.Contains(answer.text, `"introspection":false`) {
				t.Errorf("the page is not told that introspection is off: %s", answer.text)
			}
		}
		answer := send(t, http.MethodPost, s.URL+"/graphql", `{"query":"{ __schema { queryType { name } } }"}`)
		if strings.Contains(answer.text, `"data":{"__schema"`) != on.introspection {
			t.Errorf("%+v: introspection answered %s", on, answer.text)
		}
	}
}

func TestWhatIsOnIsThere(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	for path, status := range map[string]int{"/": http.StatusSeeOther, "/playground": http.StatusOK, "/schema.graphqls": http.StatusOK} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			if answer := send(t, method, s.URL+path, ""); answer.StatusCode != status {
				t.Errorf("%s %s: got %d %s", method, path, answer.StatusCode, answer.text)
			}
		}
	}
	answer := send(t, http.MethodGet, s.URL+"/schema.graphqls", "")
	if answer.text != testserver.SDL(t) {
		t.Errorf("it is not the committed schema: %.200s", answer.text)
	}
	if answer = send(t, http.MethodHead, s.URL+"/schema.graphqls", ""); answer.text != "" {
		t.Errorf("HEAD has a body: %.100s", answer.text)
	}
}

// panicking is the router with edges that panic, before or in their answer.
func panicking(t *testing.T) (*httptest.Server, *testserver.Log) {
	t.Helper()
	log := &testserver.Log{}
	edge := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/late") {
			_, _ = io.WriteString(w, strings.Repeat("half an answer", 1000))
		}
		panic("the secret of " + r.URL.Path)
	})
	handler, err := web.NewHandler(web.Config{
		GraphQL:       edge,
		REST:          func(r chi.Router) { r.Handle("/api/*", edge); r.Handle("/late", edge) },
		Authenticator: (*account.Service)(nil), // no request has a token
		Metrics:       web.NewMetrics(testdb.New(t, testdb.Empty).Pool),
		Log:           web.LogRequestID(slog.New(slog.NewJSONHandler(log, nil))),
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

func TestAPanicIsAnsweredInJSONWithTheRequestsID(t *testing.T) {
	t.Parallel()
	s, log := panicking(t)
	for path, envelope := range map[string]func(reply, *testing.T) bool{"/graphql": reply.isGraphQL, "/api/perfil": reply.isLegacy} {
		answer := send(t, http.MethodPost, s.URL+path, meQuery)
		id := answer.Header.Get("X-Request-Id")
		if answer.StatusCode != http.StatusInternalServerError || !envelope(answer, t) || !strings.Contains(answer.text, id) || strings.Contains(answer.text, "secret") {
			t.Errorf("%s, request %s: got %d %s", path, id, answer.StatusCode, answer.text)
		}
		entry := logged(t, log, "panic", answer)
		if entry["level"] != "ERROR" || entry["panic"] != "the secret of "+path || !strings.Contains(entry["stack"].(string), "refuse_test.go") {
			t.Errorf("logged %v", entry)
		}
		if entry := logged(t, log, "request", answer); entry["status"] != 500.0 {
			t.Errorf("logged %v", entry)
		}
	}
}

func TestAPanicInTheMiddleOfAnAnswerCutsIt(t *testing.T) {
	t.Parallel()
	s, log := panicking(t)
	resp, err := http.Get(s.URL + "/late")
	if err == nil {
		defer resp.Body.Close()
		_, err = io.ReadAll(resp.Body)
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		t.Errorf("the answer looks whole: %v", err)
	}
	if !strings.Contains(log.String(), `"panic":"the secret of /late"`) {
		t.Errorf("logged %s", log)
	}
}

// A fault that no code foresees: here, a column that is gone.
func TestAnInternalErrorIsFoundInTheLogByItsRequestID(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	token := "Authorization: Bearer " + s.Token(t, s.People(t).Admin)
	if _, err := s.Pool.Exec(t.Context(), "alter table configuracion_pms rename column proveedor to gone"); err != nil {
		t.Fatal(err)
	}
	answer := send(t, http.MethodPost, s.URL+"/graphql", `{"query":"{ me { company { integrations { pms { provider } } } } }"}`, token)
	var body struct {
		Errors []struct{ Extensions struct{ RequestID string } }
	}
	if err := json.Unmarshal([]byte(answer.text), &body); err != nil || len(body.Errors) != 1 {
		t.Fatalf("got %s", answer.text)
	}
	if id := answer.Header.Get("X-Request-Id"); id == "" || body.Errors[0].Extensions.RequestID != id {
		t.Errorf("request %q: got %s", id, answer.text)
	}
	if strings.Contains(answer.text, "proveedor") || strings.Contains(answer.text, "SQLSTATE") {
		t.Errorf("the answer tells of the database: %s", answer.text)
	}
	if entry := logged(t, s.Log, "internal error", answer); !strings.Contains(entry["error"].(string), "42703") {
		t.Errorf("logged %v", entry)
	}
	answer = send(t, http.MethodGet, s.URL+"/api/perfil/integraciones", "", token)
	if answer.StatusCode != http.StatusInternalServerError || !answer.isLegacy(t) || !strings.Contains(answer.text, answer.Header.Get("X-Request-Id")) {
		t.Errorf("got %d %s", answer.StatusCode, answer.text)
	}
	logged(t, s.Log, "internal error", answer)
}

// The same for the table by which it is known who makes the request.
func TestAFaultInFindingOutWhoAsksIsFoundInTheLogByItsRequestID(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	token := "Authorization: Bearer " + s.Token(t, s.People(t).Admin)
	if _, err := s.Pool.Exec(t.Context(), "drop table profile.kept_tokens"); err != nil {
		t.Fatal(err)
	}
	for _, answer := range []reply{
		send(t, http.MethodPost, s.URL+"/graphql", meQuery, token),
		send(t, http.MethodGet, s.URL+"/api/perfil", "", token),
		send(t, http.MethodDelete, s.URL+"/api/perfil/integraciones/pms", "", token),
	} {
		if id := answer.Header.Get("X-Request-Id"); !strings.Contains(answer.text, id) || strings.Contains(answer.text, "kept_tokens") {
			t.Errorf("request %s: got %s", id, answer.text)
		}
		if answer.isGraphQL(t) && !strings.Contains(answer.text, `"INTERNAL_SERVER_ERROR"`) || answer.isLegacy(t) && answer.StatusCode != http.StatusInternalServerError {
			t.Errorf("got %d %s", answer.StatusCode, answer.text)
		}
		if entry := logged(t, s.Log, "internal error", answer); !strings.Contains(entry["error"].(string), "42P01") {
			t.Errorf("logged %v", entry)
		}
	}
}
