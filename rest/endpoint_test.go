package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/go-chi/chi/v5"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/auth"
)

// fakeExecutor causes the failures that the real executor rarely has.
type fakeExecutor struct {
	reject    gqlerror.List
	respond   func() *graphql.Response
	presented gqlerror.List
	recovered any
}

func (f *fakeExecutor) CreateOperationContext(context.Context, *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	return &graphql.OperationContext{}, f.reject
}

func (f *fakeExecutor) DispatchOperation(ctx context.Context, _ *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	return func(context.Context) *graphql.Response { return f.respond() }, ctx
}

func (f *fakeExecutor) DispatchError(_ context.Context, list gqlerror.List) *graphql.Response {
	f.presented = append(f.presented, list...)
	return &graphql.Response{Errors: list}
}

func (f *fakeExecutor) PresentRecoveredError(_ context.Context, panicked any) error {
	f.recovered = panicked
	return &gqlerror.Error{Extensions: map[string]any{"code": "INTERNAL_SERVER_ERROR", "requestId": "REQ"}}
}

// get sends a request for the profile of an operator.
func get(ctx context.Context, t *testing.T, exec Executor) *httptest.ResponseRecorder {
	t.Helper()
	api, err := New(exec, nil, graph.Schema())
	if err != nil {
		t.Fatal(err)
	}
	router := chi.NewRouter()
	api.Mount(router)
	ctx = auth.WithCaller(ctx, func() (*auth.Principal, error) { return &auth.Principal{Role: auth.Operator}, nil })
	w := httptest.NewRecorder()
	router.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/perfil", nil))
	return w
}

func responding(data string, errs ...*gqlerror.Error) *fakeExecutor {
	return &fakeExecutor{respond: func() *graphql.Response {
		return &graphql.Response{Data: json.RawMessage(data), Errors: errs}
	}}
}

func TestResultOfTheExecutorBecomesAResponse(t *testing.T) {
	failing := func(code apperr.Code, extensions ...any) *fakeExecutor {
		e := &gqlerror.Error{Message: "presented", Extensions: map[string]any{"code": string(code)}}
		for i := 0; i < len(extensions); i += 2 {
			e.Extensions[extensions[i].(string)] = extensions[i+1]
		}
		return responding(`{"data":null}`, e, &gqlerror.Error{Message: "second"})
	}
	const presented, internal = `{"errors":["presented"],"ok":false}`, `{"errors":["Se ha producido un error interno.`
	panicking := &fakeExecutor{respond: func() *graphql.Response { panic("secret") }}
	for _, c := range []struct {
		name       string
		exec       *fakeExecutor
		status     int
		retryAfter string
		body       string
	}{
		{"HTML characters, a time without microseconds", responding(`{"data":{"rol":"ADMIN","password_changed_at":"2025-06-01T09:00:00.000000Z","url":"<ñ&>"}}`),
			200, "", `{"data":{"password_changed_at":"2025-06-01T09:00:00+00:00","rol":"admin","url":"<ñ&>"},"ok":true}`},
		{"no time", responding(`{"data":{"rol":"ADMIN","password_changed_at":null}}`), 200, "", `{"data":{"password_changed_at":null,"rol":"admin"},"ok":true}`},
		{"no valid token", failing(apperr.Unauthenticated), 401, "", presented},
		{"not an administrator", failing(apperr.Forbidden), 403, "", presented},
		{"bad input", failing(apperr.BadUserInput), 422, "", presented},
		{"a rate limit", failing(apperr.RateLimited, "retryAfterSeconds", 30), 429, "30", presented},
		{"an overloaded server", failing(apperr.Overloaded), 503, "1", presented},
		{"an unavailable database", failing(apperr.Unavailable), 503, "1", presented},
		{"an internal error", failing(apperr.Internal, "requestId", "ABC"), 500, "", internal + ` Si se repite, comunique este identificador: ABC"`},
		{"an invalid stored document", failing(apperr.ValidationFailed), 500, "", internal + `"`},
		{"a stored document over a limit", failing(apperr.ComplexityLimitExceeded), 500, "", internal + `"`},
		{"a stored document that is not run", &fakeExecutor{reject: gqlerror.List{{Message: "secret"}}}, 500, "", internal + `"`},
		{"a panic", panicking, 500, "", internal + ` Si se repite, comunique este identificador: REQ"`},
		{"data of another form", responding(`{"data":[]}`), 500, "", internal},
		{"data that is not JSON", responding(`{`), 500, "", internal + `"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := get(t.Context(), t, c.exec)
			if body := w.Body.String(); w.Code != c.status || !strings.HasPrefix(body, c.body) {
				t.Errorf("got %d %s, want %d %s", w.Code, body, c.status, c.body)
			}
			if h := w.Header(); h.Get("Retry-After") != c.retryAfter || h.Get("Content-Language") != "es" {
				t.Errorf("got Retry-After %q, Content-Language %q", h.Get("Retry-After"), h.Get("Content-Language"))
			}
		})
	}
	if fmt.Sprint(panicking.recovered) != "secret" {
		t.Errorf("the presenter got %v", panicking.recovered)
	}
}

// The presenter does not log the error of a disconnected client as a failure.
func TestDisconnectedClientIsReportedToThePresenter(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	exec := &fakeExecutor{respond: func() *graphql.Response { return nil }}
	get(ctx, t, exec)
	if len(exec.presented) != 1 || !errors.Is(exec.presented[0], context.Canceled) {
		t.Errorf("the presenter got %v", exec.presented)
	}
}

func TestAbortedRequestStaysAborted(t *testing.T) {
	defer func() {
		if panicked := recover(); panicked != http.ErrAbortHandler {
			t.Errorf("got %v", panicked)
		}
	}()
	get(t.Context(), t, &fakeExecutor{respond: func() *graphql.Response { panic(http.ErrAbortHandler) }})
}
