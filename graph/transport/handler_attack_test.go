package transport_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"
	"golang.org/x/crypto/bcrypt"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/graph/transport"
	"github.com/stay-sidekick/profile-server/internal/app"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/test/support/attack"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// canary is the secret in requests that have one in the wrong place.
const canary = "hunter2"

// newProductHandler serves the product's schema, directives and resolvers to an
// administrator. The database is unavailable.
func newProductHandler(t testing.TB, introspection bool) http.Handler {
	t.Helper()
	pool, err := db.NewPool(context.Background(), "postgres://127.0.0.1:1/away")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	log := slog.New(slog.DiscardHandler)
	a, err := app.New(testserver.Config(t), pool, app.Options{Log: log, HashCost: bcrypt.MinCost, RefusalDelay: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	exec := graph.NewExecutor(
		&graph.Resolver{Accounts: a.Accounts, Companies: a.Companies, Now: time.Now},
		graph.ExecutorConfig{Introspection: introspection, Log: log})
	h := transport.New(exec)
	admin := func() (*auth.Principal, error) {
		return &auth.Principal{UserID: uuid.New(), CompanyID: uuid.New(), Role: auth.Admin, Email: "admin@example.com"}, nil
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(auth.WithCaller(r.Context(), admin)))
	})
}

func TestAttacksAreCheapOverHTTP(t *testing.T) {
	s := testserver.New(t, testdb.Own)
	people := s.People(t)
	token := s.Token(t, people.Admin)
	fillAuditLog(t, s, people.Company)
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
		a.Query = strings.ReplaceAll(a.Query, "first:100", "first:101")
		if got := s.Post(t, token, a.Body()); got.Code() != "BAD_USER_INPUT" {
			t.Errorf("%s: a page of 101 entries: got %.200s", a.Name, got.Body)
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
	_, err := s.Pool.Exec(t.Context(), `insert into profile.audit_log (at, kind, company_id, actor_email, address, request_id, changes)
		select now(), 'LATE_CHECK_IN_CONFIG_SAVED', $1, 'admin@example.com', '192.0.2.1', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
			(select jsonb_agg(jsonb_build_object('field', 'columns.arrivalTime', 'old', 'A', 'new', 'B')) from generate_series(1, 6))
		from generate_series(1, 300)`, company.ID)
	if err != nil {
		t.Fatal(err)
	}
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
	for _, introspection := range []bool{true, false} {
		s := testserver.New(t, testdb.Own, func(c *config.Config) { c.Introspection = introspection })
		token := s.Token(t, s.People(t).Admin)
		for _, body := range misplaced {
			got := s.Post(t, token, body)
			if len(got.Errors) == 0 || got.Code() == "INTERNAL_SERVER_ERROR" {
				t.Errorf("%s: got %s", body, got.Body)
			}
			if strings.Contains(got.Body, canary) {
				t.Errorf("%s: the response repeats the secret: %s", body, got.Body)
			}
		}
		if strings.Contains(s.Log.String(), canary) {
			t.Errorf("the log repeats the secret: %s", s.Log)
		}
	}
}

func BenchmarkAttacksOverHTTP(b *testing.B) {
	h := newProductHandler(b, true)
	for _, a := range attack.All(graph.Schema()) {
		body := a.Body()
		b.Run(strings.ReplaceAll(a.Name, " ", "-"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				do(b, h, post(body))
			}
		})
	}
}

// largestSeed is the size in bytes up to which an attack is a seed of the fuzzer,
// which is slow on long texts. Every test run includes the longer attacks.
const largestSeed = 8 << 10

// FuzzHandler looks for a request that costs too much, fails with an internal error
// or gets a response that repeats it. text is the body of a POST or the query string
// of a GET.
func FuzzHandler(f *testing.F) {
	for _, a := range attack.All(graph.Schema()) {
		if body := a.Body(); len(body) < largestSeed {
			f.Add(false, mediaResponse, body)
			f.Add(true, mediaResponse, url.Values{"query": {a.Query}, "variables": {a.Variables}}.Encode())
		}
	}
	for _, body := range []string{
		`{"query":"{me{id}}"}`, `{"query":"{hunter2:me{hunter2}}","variables":{"hunter2":"hunter2"}}`,
		`{"query":"{hunter2:me{hunter2:company{hunter2:auditLog{nodes{id}}}}}"}`,
		`{"query":"mutation($i:LoginInput!){login(input:$i){token}}","variables":{"i":{"email":"hunter2","password":["hunter2"]}}}`,
		`{"query":"mutation($i:LoginInput!){login(input:$i){token}}","variables":{"i":{"email":"hunter2@example.com","password":"hunter2"}}}`,
		`{"query":"mutation{login(input:{email:\"hunter2\",password:hunter2}){token}}"}`,
		`{"query":"query hunter2{me{id}}","operationName":"hunter2"}`, `[{"hunter2":1}]`, `{"query":"{__type(name:\"hunter2\"){name}}"}`, "\xff\xfe", ``,
	} {
		f.Add(false, mediaJSON, body)
	}
	for _, accept := range []string{"", "*/*", canary, "application/*;q=0.1, */*;q=hunter2", "application/json;charset=hunter2", "a/b;;;,,"} {
		f.Add(false, accept, `{"query":"{me{id}}"}`)
		f.Add(true, accept, "query={me{id}}")
	}
	for _, query := range []string{
		"query=%7B" + canary + "%7D", "query={me{id}}&variables={\"a\":1}&operationName=" + canary, "query={me{id}}&extensions=" + canary,
		"query=mutation{removePmsIntegration{company{id}}}", canary + "=%zz", "query=%ff", "variables=[]", "",
	} {
		f.Add(true, mediaResponse, query)
	}
	on, off := newProductHandler(f, true), newProductHandler(f, false)
	f.Fuzz(func(t *testing.T, isGet bool, accept, text string) {
		for _, h := range []http.Handler{on, off} {
			var got reply
			cost := attack.Cost(func() { got = do(t, h, newFuzzRequest(isGet, accept, text)) })
			if cost > attack.MaxCost {
				t.Errorf("cost %v of processor time", cost)
			}
			checkResponse(t, got)
		}
	})
}

func newFuzzRequest(isGet bool, accept, text string) *http.Request {
	if !isGet {
		return post(text, "Accept: "+accept)
	}
	r := get("", "Accept: "+accept)
	r.URL.RawQuery = text
	return r
}

// checkResponse fails for an internal error, for a response that is not JSON and for
// one that repeats the canary. A panic of a resolver is an internal error with 200.
func checkResponse(t *testing.T, got reply) {
	t.Helper()
	if got.StatusCode >= 500 {
		t.Errorf("got %d %s", got.StatusCode, got.Body)
	}
	var body graphql.Response
	if err := json.Unmarshal([]byte(got.Body), &body); err != nil {
		t.Fatalf("no JSON: %s", got.Body)
	}
	for _, e := range body.Errors {
		if e.Message == "" || e.Extensions["code"] == nil || e.Extensions["code"] == string(apperr.Internal) {
			t.Errorf("an internal error, or one without message or code: %s", got.Body)
		}
	}
	var whole any
	if err := json.Unmarshal([]byte(got.Body), &whole); err != nil {
		t.Fatal(err)
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
