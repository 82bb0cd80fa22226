// Package canary_test sends unique secrets through every operation of both APIs, in
// valid and invalid requests, and then searches for them in responses, logs,
// metrics, the database and its statements.
package canary_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testprovider"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

// sender sends requests of one user after another with secrets, and collects the
// responses.
type sender struct {
	t         *testing.T
	server    *testserver.Server
	user      testdb.UserRow
	token     string
	secrets   []string
	responses strings.Builder
}

// next returns a new secret of 20 characters.
func (s *sender) next() string {
	s.secrets = append(s.secrets, fmt.Sprintf("Zq7-canary-%04d-Xw9v", len(s.secrets)))
	return s.secrets[len(s.secrets)-1]
}

// send sends a request and returns the body of the response. The body of the request
// is JSON unless a header says otherwise.
func (s *sender) send(method, path, body string, headers ...string) string {
	s.t.Helper()
	r := s.server.Send(s.t, s.token, method, path, body, headers...)
	fmt.Fprintf(&s.responses, "%d %v\n%s\n", r.Status, r.Header, r.Body)
	return r.Body
}

func (s *sender) graphql(query string, variables object) string {
	s.t.Helper()
	return s.send(http.MethodPost, "/graphql", testserver.JSON(s.t, object{"query": query, "variables": variables}))
}

func TestNoSecretLeaks(t *testing.T) {
	s := &sender{t: t}
	use, requests := providers(t, s.next())
	s.server = testserver.New(t, testdb.Own, use)
	people := s.server.People(t)
	for _, s.user = range []testdb.UserRow{people.Admin, people.Operator, {Email: "nobody@example.com", Password: "x"}} {
		s.token = ""
		if s.user.Role != "" {
			s.token = s.server.Token(t, s.user)
		}
		s.graphQLInput()
		s.invalidGraphQL()
		s.restInput()
		s.invalidREST()
		s.checks()
	}
	t.Logf("figure: canaries: %d secrets in %d bytes of responses", len(s.secrets), s.responses.Len())

	if requests.Load() < 50 {
		t.Errorf("only %d requests to providers", requests.Load())
	}
	metrics := httptest.NewRecorder()
	s.server.App.Metrics.Handler().ServeHTTP(metrics, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for place, text := range map[string]string{
		"a response":   s.responses.String(),
		"the log":      s.server.Log.String(),
		"a metric":     metrics.Body.String(),
		"the database": s.allRows(),
		"a statement in PostgreSQL": strings.Join(append(
			testdb.Values[string](t, s.server.Pool, "select query from pg_stat_activity where datname = current_database()"),
			testdb.Values[string](t, s.server.Pool, "select statement from pg_prepared_statements")...), "\n"),
	} {
		if len(text) < 100 {
			t.Errorf("%s: only %d bytes to search", place, len(text))
		}
		search(t, place, text, s.secrets...)
	}
}

// search reports the secrets that a text contains.
func search(t *testing.T, place, text string, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		for _, form := range []string{secret, url.QueryEscape(secret), strings.ToLower(secret)} {
			if at := strings.Index(text, form); at >= 0 {
				t.Errorf("%s contains %s: …%s…", place, form, text[max(0, at-80):min(len(text), at+len(form)+40)])
			}
		}
	}
}

// allRows returns the text of all rows of all tables of the service.
func (s *sender) allRows() string {
	s.t.Helper()
	var all strings.Builder
	for _, table := range testdb.Values[string](s.t, s.server.Pool, "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('public', 'profile')") {
		for _, row := range testdb.Values[string](s.t, s.server.Pool, "select t::text from "+table+" t") {
			all.WriteString(table + ": " + row + "\n")
		}
	}
	return all.String()
}

// providers lets the server ask providers that respond with a canary, and with what they
// were sent, in every member that the server does not show.
func providers(t *testing.T, canary string) (use func(*config.Config), requests *atomic.Int64) {
	provider := testprovider.New(t)
	requests = &atomic.Int64{}
	provider.Override(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body) // of a form
		echo := fmt.Sprint(canary, " ", r.Header, r.URL, string(sent))
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Canary", canary)
		w.Header().Set("Location", "http://127.0.0.1:1/"+canary)
		w.WriteHeader([]int{200, 302, 400, 401, 403, 429, 500}[requests.Add(1)%7])
		failure := object{"message": echo, "code": echo, "type": echo, "status": echo, "details": []any{object{"reason": echo}}}
		_, _ = io.WriteString(w, testserver.JSON(t, object{"error": failure, "detail": echo, "title": echo, canary: canary, "token": object{"scopes": []string{echo}}}))
	}))
	return func(c *config.Config) { c.ProviderURLs = provider.URLs() }, requests
}

// checks sends canaries as keys and secrets that are checked: given ones, ones to verify,
// and stored ones.
func (s *sender) checks() {
	for integration, enum := range map[string]string{"Pms": "PmsProvider", "Ai": "AiProvider"} {
		for _, provider := range schema.Types[enum].EnumValues {
			for range 3 { // so that the providers respond with several statuses
				variables, input := "$k: ApiKey!", "provider: "+provider.Name+", apiKey: $k"
				switch provider.Name {
				case "SMOOBU":
					variables, input = variables+", $s: ApiKey!", input+", apiSecret: $s"
				case "HOSTAWAY":
					input += `, accountId: "1"`
				}
				selection := "{ check {" + testserver.AllFields("ConnectionCheck") + "} userErrors { code message } }"
				response := s.graphql(`mutation(`+variables+`) {
					given: test`+integration+`Integration(input: {`+input+`}) `+selection+`
					verified: set`+integration+`Integration(input: {`+input+`, verify: true}) `+selection+`
					saved: set`+integration+`Integration(input: {`+input+`}) `+selection+`
				}`, object{"k": s.next(), "s": s.next()})
				response += s.graphql("mutation { stored: test"+integration+"Integration "+selection+" }", nil)
				if s.user.Role == "admin" && strings.Contains(response, `"errors"`) {
					s.t.Errorf("%s: %s", provider.Name, response)
				}
			}
		}
	}
	s.graphql("{ me { company { integrations {"+testserver.AllFields("Integrations")+"} } } }", nil)
}

func (s *sender) invalidGraphQL() {
	for _, query := range []string{
		`mutation { login(input: {email: "a@b.example", password: %q, extra: 1}) { token } }`,
		`mutation { setPmsIntegration(input: {provider: SMOOBU, apiKey: %q, apiKey: 3}) { company { id } } }`,
		`mutation { setPmsIntegration(input: {provider: NONE, apiKey: %q}) { company { id } } }`,
		`mutation { setPmsIntegration(apiKey: %q) { company { id } } }`,
		`mutation { setPmsIntegration(input: %q) { company { id } } }`,
		`{ me(password: %q) { id } }`,
		`{ me @skip(if: %q) { id } }`,
		`query($a: String = %q) { me { id } }`,
		`{ me { company { auditLog(after: %q) { nodes { id } } } } }`,
		`{ me { id } } %q`,
		`{ me { id } # %q`,
		`mutation { login(input: {email: "a@b.example", password: %q`,
	} {
		s.graphql(fmt.Sprintf(query, s.next()), nil)
	}
	s.graphql("query($k: ApiKey!) { me { id } }", object{"k": s.next() + "\x00"})
	s.graphql("query($p: PmsProvider!) { me { id } }", object{"p": s.next()})
	s.graphql("query($p: Int!) { me { id } }", object{"p": s.next()})
	for _, body := range []string{`{"query": %q`, `[{"query": %q}]`, `%q`, `{"query": "{ me { id } }", "variables": %q}`, `{"query": "{ me { id } }", "operationName": %q}`, `{"query": 1, "x": %q}`} {
		s.send(http.MethodPost, "/graphql", fmt.Sprintf(body, s.next()))
	}
	s.send(http.MethodPost, "/graphql", s.next(), "Content-Type: text/plain")
	s.send(http.MethodPost, "/graphql", `{"query":"`+s.next()+strings.Repeat("y", 70_000)+`"}`)
	s.send(http.MethodPost, "/graphql", "query="+s.next(), "Content-Type: application/x-www-form-urlencoded")
	s.send(http.MethodPut, "/graphql", s.next())
	s.send(http.MethodGet, "/graphql?query="+url.QueryEscape(fmt.Sprintf(`mutation { login(input: {email: "a@b.example", password: %q}) { token } }`, s.next())), "")
	s.send(http.MethodGet, "/graphql?query={me{id}}&variables="+url.QueryEscape(s.next()), "")
}

func (s *sender) invalidREST() {
	for _, route := range s.bodyRoutes() {
		s.send(route[0], route[1], `{"api_key": "`+s.next())
		s.send(route[0], route[1], `"`+s.next()+`"`)
		s.send(route[0], route[1], s.next(), "Content-Type: text/plain")
		s.send(route[0], route[1]+"?password="+s.next(), "{}")
	}
	s.send(http.MethodGet, "/api/perfil/"+s.next(), "")
	s.send(http.MethodGet, "/"+s.next(), "")
	before := s.token
	s.token = s.next()
	s.send(http.MethodGet, "/api/perfil", "")
	s.graphql("{ me { id } }", nil)
	s.token = before
}
