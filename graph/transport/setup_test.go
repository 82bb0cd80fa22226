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
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/graph/limit"
	"github.com/stay-sidekick/profile-server/graph/transport"
	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// resolver answers a whole operation, in place of generated code.
type resolver func(ctx context.Context) *graphql.Response

// hello is the resolver of most tests.
func hello(context.Context) *graphql.Response {
	return &graphql.Response{Data: json.RawMessage(`{"hello":"world"}`)}
}

// newHandler serves the product's schema with a resolver of the test's own, so
// that each case of the HTTP edge can be brought about.
func newHandler(t testing.TB, resolve resolver) http.Handler {
	t.Helper()
	text, err := os.ReadFile("../../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema := gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(text)})
	executable := &graphql.ExecutableSchemaMock{
		SchemaFunc: func() *ast.Schema { return schema },
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
	var e gqlerror.Error
	if g, ok := errors.AsType[*gqlerror.Error](err); ok {
		e.Locations, e.Path = g.Locations, g.Path
	}
	e.Message = "An internal error occurred."
	if p, ok := errors.AsType[*apperr.Error](err); ok {
		e.Message = p.Text(apperr.LanguageOf(ctx))
	}
	e.Extensions = map[string]any{"code": string(apperr.CodeOf(err))}
	if p, ok := errors.AsType[*apperr.Error](err); ok && p.RetryAfter > 0 {
		e.Extensions["retryAfterSeconds"] = int(p.RetryAfter.Seconds())
	}
	return &e
}

// reply is what came back.
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

// post makes a well-formed POST; header lines follow as "Name: value".
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
