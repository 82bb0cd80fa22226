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

// canaries are the secrets that were sent.
type canaries []string

// next returns a new secret of 20 characters.
func (c *canaries) next() string {
	secret := fmt.Sprintf("Zq7-canary-%04d-Xw9v", len(*c))
	*c = append(*c, secret)
	return secret
}

// sender sends requests and collects the responses.
type sender struct {
	t         *testing.T
	server    *testserver.Server
	token     string
	responses strings.Builder
}

// send sends a request and returns the body of the response. The body of the request
// is JSON unless a header says otherwise.
func (s *sender) send(method, path, body string, headers ...string) string {
	s.t.Helper()
	r := s.server.Send(s.t, s.token, method, path, body, headers...)
	fmt.Fprintf(&s.responses, "%d %v\n%s\n", r.Status, r.Header, r.Body)
	return r.Body
}

func (s *sender) graphql(query string, variables map[string]any) string {
	s.t.Helper()
	return s.send(http.MethodPost, "/graphql", testserver.JSON(s.t, map[string]any{"query": query, "variables": variables}))
}

func TestNoSecretLeaks(t *testing.T) {
	var secrets canaries
	use, requests := providers(t, secrets.next())
	server := testserver.New(t, testdb.Own, use)
	people := server.People(t)
	s := &sender{t: t, server: server}
	for _, user := range []testdb.UserRow{people.Admin, people.Operator, {Email: "nobody@example.com", Password: "x"}} {
		s.token = ""
		if user.Role != "" {
			s.token = server.Token(t, user)
		}
		graphQLInput(s, &secrets, user)
		invalidGraphQL(s, &secrets)
		restInput(s, &secrets, user)
		invalidREST(s, &secrets)
		checks(s, &secrets, user)
	}
	t.Logf("figure: canaries: %d secrets in %d bytes of responses", len(secrets), s.responses.Len())

	if requests.Load() < 50 {
		t.Errorf("only %d requests to providers", requests.Load())
	}
	for place, text := range map[string]string{
		"a response":                s.responses.String(),
		"the log":                   server.Log.String(),
		"a metric":                  metrics(t, server),
		"the database":              allRows(t, server),
		"a statement in PostgreSQL": statements(t, server),
	} {
		if len(text) < 100 {
			t.Errorf("%s: only %d bytes to search", place, len(text))
		}
		search(t, place, text, secrets...)
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

// metrics returns the response of /metrics.
func metrics(t *testing.T, server *testserver.Server) string {
	t.Helper()
	w := httptest.NewRecorder()
	server.App.Metrics.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

// allRows returns the text of all rows of all tables of the service.
func allRows(t *testing.T, server *testserver.Server) string {
	t.Helper()
	tables := testdb.Values[string](t, server.Pool, "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('public', 'profile')")
	var all strings.Builder
	for _, table := range tables {
		for _, row := range testdb.Values[string](t, server.Pool, "select t::text from "+table+" t") {
			all.WriteString(table + ": " + row + "\n")
		}
	}
	return all.String()
}

// statements returns the last and the prepared statements of all connections.
func statements(t *testing.T, server *testserver.Server) string {
	t.Helper()
	return strings.Join(append(
		testdb.Values[string](t, server.Pool, "select query from pg_stat_activity where datname = current_database()"),
		testdb.Values[string](t, server.Pool, "select statement from pg_prepared_statements")...), "\n")
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
		failure := map[string]any{"message": echo, "code": echo, "type": echo, "status": echo, "details": []any{map[string]any{"reason": echo}}}
		_, _ = io.WriteString(w, testserver.JSON(t, map[string]any{"error": failure, "detail": echo, "title": echo, canary: canary, "token": map[string]any{"scopes": []string{echo}}}))
	}))
	return func(c *config.Config) { c.ProviderURLs = provider.URLs() }, requests
}

// checks sends canaries as keys and secrets that are checked: given ones, ones to verify,
// and stored ones.
func checks(s *sender, secrets *canaries, user testdb.UserRow) {
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
				}`, map[string]any{"k": secrets.next(), "s": secrets.next()})
				response += s.graphql("mutation { stored: test"+integration+"Integration "+selection+" }", nil)
				if user.Role == "admin" && strings.Contains(response, `"errors"`) {
					s.t.Errorf("%s: %s", provider.Name, response)
				}
			}
		}
	}
	s.graphql("{ me { company { integrations {"+testserver.AllFields("Integrations")+"} } } }", nil)
}

func invalidGraphQL(s *sender, secrets *canaries) {
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
		s.graphql(fmt.Sprintf(query, secrets.next()), nil)
	}
	s.graphql("query($k: ApiKey!) { me { id } }", map[string]any{"k": secrets.next() + "\x00"})
	s.graphql("query($p: PmsProvider!) { me { id } }", map[string]any{"p": secrets.next()})
	s.graphql("query($p: Int!) { me { id } }", map[string]any{"p": secrets.next()})
	for _, body := range []string{`{"query": %q`, `[{"query": %q}]`, `%q`, `{"query": "{ me { id } }", "variables": %q}`, `{"query": "{ me { id } }", "operationName": %q}`, `{"query": 1, "x": %q}`} {
		s.send(http.MethodPost, "/graphql", fmt.Sprintf(body, secrets.next()))
	}
	s.send(http.MethodPost, "/graphql", secrets.next(), "Content-Type: text/plain")
	s.send(http.MethodPost, "/graphql", `{"query":"`+secrets.next()+strings.Repeat("y", 70_000)+`"}`)
	s.send(http.MethodPost, "/graphql", "query="+secrets.next(), "Content-Type: application/x-www-form-urlencoded")
	s.send(http.MethodPut, "/graphql", secrets.next())
	s.send(http.MethodGet, "/graphql?query="+url.QueryEscape(fmt.Sprintf(`mutation { login(input: {email: "a@b.example", password: %q}) { token } }`, secrets.next())), "")
	s.send(http.MethodGet, "/graphql?query={me{id}}&variables="+url.QueryEscape(secrets.next()), "")
}

func invalidREST(s *sender, secrets *canaries) {
	for _, route := range bodyRoutes(s) {
		s.send(route.method, route.path, `{"api_key": "`+secrets.next())
		s.send(route.method, route.path, `"`+secrets.next()+`"`)
		s.send(route.method, route.path, secrets.next(), "Content-Type: text/plain")
		s.send(route.method, route.path+"?password="+secrets.next(), "{}")
	}
	s.send(http.MethodGet, "/api/perfil/"+secrets.next(), "")
	s.send(http.MethodGet, "/"+secrets.next(), "")
	before := s.token
	s.token = secrets.next()
	s.send(http.MethodGet, "/api/perfil", "")
	s.graphql("{ me { id } }", nil)
	s.token = before
}
