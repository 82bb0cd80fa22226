package transport_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/test/support/attack"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// canary is the secret in requests that have one in the wrong place.
const canary = "hunter2"

func TestAttacksAreCheapOverHTTP(t *testing.T) {
	s := testserver.New(t, testdb.Own)
	people := s.People(t)
	token := s.Token(t, people.Admin)
	fillAuditLog(t, s, people.Company)
	storeCheck(t, s, people.Company)
	var highest time.Duration
	var name string
	attacks := attack.All(graph.Schema())
	for _, a := range attacks {
		if size := len(a.Body()); size > 64<<10 {
			t.Errorf("%s exceeds the size of a body: %d bytes", a.Name, size)
		}
		var got *testserver.Response
		cost := attack.Cost(func() {
			got = s.Post(t, token, a.Body())
		})
		if cost > attack.MaxCost {
			t.Errorf("%s: cost %v of processor time", a.Name, cost)
		}
		if cost > highest {
			highest, name = cost, a.Name
		}
		if got.Status != http.StatusOK && got.Status != http.StatusBadRequest {
			t.Errorf("%s: got %d %.200s", a.Name, got.Status, got.Body)
		}
		if got.Code() == "INTERNAL_SERVER_ERROR" || got.Code() != "" && strings.HasSuffix(a.Name, "up to the limit") {
			t.Errorf("%s: got %.200s", a.Name, got.Body)
		}
	}
	for _, a := range attack.Pages(graph.Schema()) {
		if got := s.Post(t, token, a.Body()); !strings.Contains(got.Body, `"hasNextPage":true`) {
			t.Errorf("%s: no full page: the test must fill the list: got %.200s", a.Name, got.Body)
		}
		for _, arguments := range []string{"first:101", `first:100,after:"x"`} {
			refused := attack.Attack{Query: strings.ReplaceAll(a.Query, "first:100", arguments)}
			if got := s.Post(t, token, refused.Body()); got.Code() != "BAD_USER_INPUT" {
				t.Errorf("%s: with %s: got %.200s, want BAD_USER_INPUT", a.Name, arguments, got.Body)
			}
		}
	}
	t.Logf("figure: limits: of %d attacks over HTTP the costliest takes %v of processor time: %s", len(attacks), highest, name)
	if got := s.Query(t, token, "{me{id}}", nil); got.Code() != "" {
		t.Errorf("after the attacks: got %s", got.Body)
	}
}

// fillAuditLog writes more entries than an operation can select, each with the
// maximum number of changes.
func fillAuditLog(t *testing.T, s *testserver.Server, company testdb.CompanyRow) {
	t.Helper()
	testdb.Exec(t, s.Pool, `insert into profile.audit_log (at, kind, company_id, actor_email, address, request_id, changes)
		select now(), 'LATE_CHECK_IN_CONFIG_SAVED', $1, 'admin@example.com', '192.0.2.1', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
			(select jsonb_agg(jsonb_build_object('field', 'columns.arrivalTime', 'old', 'A', 'new', 'B')) from generate_series(1, 6))
		from generate_series(1, 300)`, company.ID)
}

// storeCheck stores a connection with a last check, so that no field is null.
func storeCheck(t *testing.T, s *testserver.Server, company testdb.CompanyRow) {
	t.Helper()
	testdb.Exec(t, s.Pool, `insert into configuracion_pms (id, empresa_id, proveedor, api_key_cifrada) values (gen_random_uuid(), $1, 'smoobu', 'x')`, company.ID)
	testdb.Exec(t, s.Pool, `insert into profile.connection_checks (company_id, integration, ciphertext_sha256, provider, status, checked_at, duration_ms, account, models)
		values ($1, 'pms', sha256('x'), 'smoobu', 'VALID', now(), 1, 'Ana', '{}')`, company.ID)
}

// misplaced are requests with the canary in a wrong place.
var misplaced = []string{
	canary, `{"` + canary + `":1}`, `["` + canary + `"]`, `{"query":"{me{id}}","variables":"` + canary + `"}`,
	`{"query":"{` + canary + `}"}`, `{"query":"{me{id}} ` + canary + `"}`, `{"query":"\"` + canary + `\""}`,
	`{"query":"{me(a:\"` + canary + `\"){id}}"}`, `{"query":"query ` + canary + `{me{id}}","operationName":"` + canary + `x"}`,
	`{"query":"mutation{login(input:{email:\"a@example.com\",password:` + canary + `}){token}}"}`,
	`{"query":"mutation{login(input:{email:` + canary + `,password:[\"` + canary + `\"]}){token}}"}`,
	`{"query":"mutation{login(input:{email:\"a@example.com\",password:{` + canary + `:1}}){token}}"}`,
	`{"query":"mutation{login(input:{email:\"a@example.com\",password:\"` + canary + strings.Repeat("x", 200) + `\"}){token}}"}`,
	`{"query":"mutation{setPmsIntegration(input:{provider:` + canary + `,apiKey:\"` + canary + `\"}){company{id}}}"}`,
	`{"query":"mutation($i:SetPmsIntegrationInput!){setPmsIntegration(input:$i){company{id}}}","variables":{"i":{"provider":"` + canary + `","apiKey":["` + canary + `"]}}}`,
	`{"query":"mutation($i:SetPmsIntegrationInput!){setPmsIntegration(input:$i){company{id}}}","variables":{"i":{"provider":"BEDS24","apiKey":{"` + canary + `":"` + canary + `"}}}}`,
	`{"query":"mutation($i:SetPmsIntegrationInput!){setPmsIntegration(input:$i){company{id}}}","variables":{"i":{"` + canary + `":"` + canary + `"}}}`,
	`{"query":"mutation($p:PmsProvider!){setPmsIntegration(input:{provider:$p,apiKey:\"` + canary + `\"}){company{id}}}","variables":{"p":"` + canary + `"}}`,
	`{"query":"mutation($i:SaveApartmentColumnsInput!){saveApartmentColumns(input:$i){company{id}}}","variables":{"i":{"externalId":"` + canary + `","name":1e999}}}`,
	`{"query":"mutation($i:SaveLateCheckInConfigInput!){saveLateCheckInConfig(input:$i){company{id}}}","variables":{"i":{"cutoff":"` + canary + `"}}}`,
	`{"query":"query($b:Boolean!){me@include(if:$b){id}}","variables":{"b":"` + canary + `"}}`,
	`{"query":"{__type(name:[\"` + canary + `\"]){name}}"}`,
}

func TestMisplacedSecretIsNeverRepeated(t *testing.T) {
	for _, s := range newServers(t) {
		token := s.Token(t, s.People(t).Admin)
		for _, body := range misplaced {
			got := s.Post(t, token, body)
			if len(got.Errors) == 0 || strings.Contains(got.Body, canary) {
				t.Errorf("%s: not refused, or the response repeats the secret: %s", body, got.Body)
			}
		}
		if strings.Contains(s.Log.String(), canary) {
			t.Errorf("the log repeats the secret: %s", s.Log)
		}
	}
}

// newServers returns servers with and without introspection.
func newServers(t testing.TB) []*testserver.Server {
	t.Helper()
	return []*testserver.Server{
		testserver.New(t, testdb.Own),
		testserver.New(t, testdb.Own, func(c *config.Config) { c.Introspection = false }),
	}
}

func BenchmarkAttacksOverHTTP(b *testing.B) {
	s := testserver.New(b, testdb.Own)
	authorization := "Authorization: Bearer " + s.Token(b, s.People(b).Admin)
	for _, a := range attack.All(graph.Schema()) {
		body := a.Body()
		b.Run(strings.ReplaceAll(a.Name, " ", "-"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				do(b, s.Config.Handler, post(body, authorization))
			}
		})
	}
}

// FuzzHandler looks for a request that costs too much, fails with an internal error
// or gets a response that repeats it. text is the body of a POST or the query string
// of a GET. The fuzzer is slow on long texts, which the other tests send.
func FuzzHandler(f *testing.F) {
	for _, a := range attack.All(graph.Schema()) {
		if body := a.Body(); len(body) < 8<<10 {
			f.Add(false, mediaResponse, body)
			f.Add(true, mediaResponse, url.Values{"query": {a.Query}, "variables": {a.Variables}}.Encode())
		}
	}
	for _, body := range append(misplaced, `{"query":"{hunter2:me{hunter2:company{hunter2:auditLog{nodes{id}}}}}"}`, "\xff\xfe", "") {
		f.Add(false, mediaJSON, body)
	}
	for _, accept := range []string{"", "*/*", canary, "application/*;q=0.1, */*;q=hunter2", "application/json;charset=hunter2", "a/b;;;,,"} {
		f.Add(true, accept, "query={me{id}}")
	}
	for _, query := range []string{
		"query=%7B" + canary + "%7D", "query={me{id}}&variables={\"a\":1}&operationName=" + canary, "query={me{id}}&extensions=" + canary,
		"query=mutation{removePmsIntegration{company{id}}}", canary + "=%zz", "query=%ff", "variables=[]", "",
	} {
		f.Add(true, mediaResponse, query)
	}
	servers := newServers(f)
	tokens := []string{servers[0].Token(f, servers[0].People(f).Admin), servers[1].Token(f, servers[1].People(f).Admin)}
	f.Fuzz(func(t *testing.T, isGet bool, accept, text string) {
		for i, s := range servers {
			headers := []string{"Accept: " + accept, "Authorization: Bearer " + tokens[i]}
			request := post(text, headers...)
			if isGet {
				request = get("", headers...)
				request.URL.RawQuery = text
			}
			var got reply
			if cost := attack.Cost(func() { got = do(t, s.Config.Handler, request) }); cost > attack.MaxCost {
				t.Errorf("cost %v of processor time", cost)
			}
			checkResponse(t, got)
		}
	})
}

// checkResponse fails for an internal error, for a response that is not JSON and for
// one that repeats the canary. A panic of a resolver is an internal error with 200.
func checkResponse(t *testing.T, got reply) {
	t.Helper()
	if got.StatusCode >= 500 {
		t.Errorf("got %d %s", got.StatusCode, got.Body)
	}
	var body graphql.Response
	var whole any
	if err := errors.Join(json.Unmarshal([]byte(got.Body), &body), json.Unmarshal([]byte(got.Body), &whole)); err != nil {
		t.Fatalf("%v: %s", err, got.Body)
	}
	for _, e := range body.Errors {
		if e.Message == "" || e.Extensions["code"] == nil || e.Extensions["code"] == string(apperr.Internal) {
			t.Errorf("an internal error, or one without message or code: %s", got.Body)
		}
	}
	if repeats(whole) {
		t.Errorf("repeats the request: %s", got.Body)
	}
}

// repeats reports whether a response contains the canary, other than in the names of
// fields, which are aliases of the client: keys and steps of a path.
func repeats(body any) bool {
	switch value := body.(type) {
	case string:
		return strings.Contains(value, canary)
	case []any:
		return slices.ContainsFunc(value, repeats)
	case map[string]any:
		for key, member := range value {
			if key != "path" && repeats(member) {
				return true
			}
		}
	}
	return false
}
