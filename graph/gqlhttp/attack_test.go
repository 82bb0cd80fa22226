package gqlhttp_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/graph/gqlhttp"
	"github.com/stay-sidekick/profile-server/graph/guard/attack"
)

// tooSlow is what no answer takes on any machine, also a busy one under the
// race detector. The figure that counts is printed, not judged.
const tooSlow = 2 * time.Second

// newProduct serves the product's own schema with its directives. Nobody is
// signed in, so what needs a database is refused before it is asked.
func newProduct(t testing.TB, introspection bool) http.Handler {
	t.Helper()
	exec, err := graph.NewExecutor(&graph.Resolver{}, graph.ExecutorConfig{
		Introspection: introspection,
		Log:           slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return gqlhttp.New(exec)
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

// canary stands for a secret that somebody sent to the wrong place.
const canary = "hunter2"

// largestSeed keeps the fuzzer from spending its time on mutations of long
// texts. The attacks that are longer run in every test.
const largestSeed = 8 << 10

// FuzzHandler looks for a body that the endpoint does not answer, answers
// slowly, or quotes in an error.
func FuzzHandler(f *testing.F) {
	for _, a := range attack.All() {
		if body := a.Body(); len(body) < largestSeed {
			f.Add(body)
		}
	}
	for _, body := range []string{
		`{"query":"{me{id}}"}`, `{"query":"{hunter2:me{hunter2}}","variables":{"hunter2":"hunter2"}}`,
		`{"query":"mutation($i:LoginInput!){login(input:$i){token}}","variables":{"i":{"email":"hunter2","password":["hunter2"]}}}`,
		`{"query":"mutation{login(input:{email:\"hunter2\",password:hunter2}){token}}"}`,
		`{"query":"query hunter2{me{id}}","operationName":"hunter2"}`, `[{"hunter2":1}]`, `{"query":"{__type(name:\"hunter2\"){name}}"}`, "\xff\xfe", ``,
	} {
		f.Add(body)
	}
	open, closed := newProduct(f, true), newProduct(f, false)
	f.Fuzz(func(t *testing.T, body string) {
		for _, h := range []http.Handler{open, closed} {
			start := time.Now()
			got := do(t, h, post(body, "Accept: application/graphql-response+json"))
			if took := time.Since(start); took > tooSlow {
				t.Errorf("took %v", took)
			}
			checkAnswer(t, got)
		}
	})
}

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
		if e.Message == "" || e.Extensions["code"] == nil {
			t.Errorf("an error without message or code: %s", got.Body)
		}
		if strings.Contains(e.Message, canary) {
			t.Errorf("quotes the request: %s", e.Message)
		}
	}
}
