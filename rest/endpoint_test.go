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
func get(t *testing.T, exec Executor) *httptest.ResponseRecorder {
	t.Helper()
	return getIn(t.Context(), t, exec)
}

func getIn(ctx context.Context, t *testing.T, exec Executor) *httptest.ResponseRecorder {
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

func codedError(code apperr.Code) *gqlerror.Error {
	return &gqlerror.Error{Message: "secret", Extensions: map[string]any{"code": string(code)}}
}

func TestFailureOfTheExecutorHasTheEnvelope(t *testing.T) {
	panicking := &fakeExecutor{respond: func() *graphql.Response { panic("secret") }}
	for _, c := range []struct {
		name    string
		exec    *fakeExecutor
		status  int
		message string
	}{
		{"an error beside data", responding(`{"data":null}`, codedError(apperr.Unavailable)), 503, "secret"},
		{"the first of two errors", responding(`null`, codedError(apperr.Overloaded), codedError(apperr.Internal)), 503, "secret"},
		{"a rejected document", &fakeExecutor{reject: gqlerror.List{codedError(apperr.ValidationFailed)}}, 500, "Se ha producido un error interno."},
		{"a panic", panicking, 500, "Se ha producido un error interno. Si se repite, comunique este identificador: REQ"},
		{"data of another form", responding(`{"data":[]}`), 500, "Se ha producido un error interno."},
		{"data that is not JSON", responding(`{`), 500, "Se ha producido un error interno."},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := get(t, c.exec)
			if body := w.Body.String(); w.Code != c.status || !strings.HasPrefix(body, `{"errors":["`+c.message) {
				t.Errorf("got %d %s, want %d %s", w.Code, body, c.status, c.message)
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
	getIn(ctx, t, exec)
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
	get(t, &fakeExecutor{respond: func() *graphql.Response { panic(http.ErrAbortHandler) }})
}
