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
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/test/support/attack"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// newProduct serves the product's own schema, with its directives and resolvers,
// to an administrator. The database is away, so what needs it is UNAVAILABLE.
func newProduct(t testing.TB, introspection bool) http.Handler {
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

func BenchmarkAttacksOverHTTP(b *testing.B) {
	h := newProduct(b, true)
	for _, a := range attack.All() {
		body := a.Body()
		b.Run(strings.ReplaceAll(a.Name, " ", "-"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				do(b, h, post(body))
			}
		})
	}
}

const (
	mediaJSON     = "application/json"
	mediaResponse = "application/graphql-response+json"
)

// canary stands for a secret that somebody sent to the wrong place.
const canary = "hunter2"

// largestSeed keeps the fuzzer from spending its time on mutations of long
// texts. The attacks that are longer run in every test.
const largestSeed = 8 << 10

// FuzzHandler looks for a request that the endpoint does not answer, answers
// at too high a cost or with an internal error, or whose text the answer repeats. text is
// the body of a POST or the query string of a GET.
func FuzzHandler(f *testing.F) {
	for _, a := range attack.All() {
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
	open, closed := newProduct(f, true), newProduct(f, false)
	f.Fuzz(func(t *testing.T, isGet bool, accept, text string) {
		for _, h := range []http.Handler{open, closed} {
			var got reply
			cost := attack.Cost(func() { got = do(t, h, fuzzed(isGet, accept, text)) })
			if cost > attack.MaxCost {
				t.Errorf("cost %v of processor time", cost)
			}
			checkAnswer(t, got)
		}
	})
}

func fuzzed(isGet bool, accept, text string) *http.Request {
	if !isGet {
		return post(text, "Accept: "+accept)
	}
	r := get("", "Accept: "+accept)
	r.URL.RawQuery = text
	return r
}

// checkAnswer fails for what no request may bring about. gqlgen turns a panic of
// a resolver into an internal error beside 200.
func checkAnswer(t *testing.T, got reply) {
	t.Helper()
	if got.StatusCode >= 500 {
		t.Errorf("got %d %s", got.StatusCode, got.Body)
	}
	var answer graphql.Response
	if err := json.Unmarshal([]byte(got.Body), &answer); err != nil {
		t.Fatalf("no JSON: %s", got.Body)
	}
	for _, e := range answer.Errors {
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

// repeats tells whether an answer holds the canary elsewhere than in the names
// of its fields, which a client may choose: they are keys, and steps of a path.
func repeats(answer any) bool {
	switch value := answer.(type) {
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
