package transport_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/graph/limit"
	"github.com/stay-sidekick/profile-server/graph/transport"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

const (
	mediaJSON     = "application/json"
	mediaResponse = "application/graphql-response+json"
	typeJSON      = mediaJSON + "; charset=utf-8"
	typeResponse  = mediaResponse + "; charset=utf-8"
)

// resolver executes a whole operation, in place of generated code.
type resolver func(ctx context.Context) *graphql.Response

// hello is the resolver of most tests.
func hello(context.Context) *graphql.Response {
	return &graphql.Response{Data: json.RawMessage(`{"hello":"world"}`)}
}

// newHandler serves the product's schema with a resolver of the test.
func newHandler(t testing.TB, resolve resolver) http.Handler {
	t.Helper()
	executable := &graphql.ExecutableSchemaMock{
		SchemaFunc: graph.Schema,
		ExecFunc: func(context.Context) graphql.ResponseHandler {
			return graphql.ResponseHandler(resolve)
		},
	}
	exec := limit.NewExecutor(executable, limit.Default())
	exec.SetErrorPresenter(present)
	exec.SetRecoverFunc(func(context.Context, any) error { return apperr.New(apperr.Internal, apperr.InternalError) })
	return transport.New(exec)
}

func present(ctx context.Context, err error) *gqlerror.Error {
	known, ok := errors.AsType[*apperr.Error](err)
	if !ok {
		known = apperr.New(apperr.Internal, apperr.InternalError)
	}
	return &gqlerror.Error{Message: known.Text(apperr.LanguageOf(ctx)), Extensions: map[string]any{
		"code": string(known.Code), "retryAfterSeconds": int(known.RetryAfter.Seconds()),
	}}
}

// reply is a response with its body.
type reply struct {
	*http.Response
	Body string
}

func do(t testing.TB, h http.Handler, r *http.Request) reply {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{Response: w.Result(), Body: string(body)}
}

// post returns a POST with a JSON body. Each header is "Name: value".
func post(body string, header ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return with(r, header...)
}

func get(query string, header ...string) *http.Request {
	return with(httptest.NewRequest(http.MethodGet, "/graphql?"+query, nil), header...)
}

func with(r *http.Request, header ...string) *http.Request {
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	return r
}

// document wraps a GraphQL document into a request body.
func document(text string) string {
	body, _ := json.Marshal(map[string]string{"query": text})
	return string(body)
}
