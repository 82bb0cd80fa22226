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

// fakeExecutor brings about what the real one does on a bad day only.
type fakeExecutor struct {
	refuse    gqlerror.List
	respond   func() *graphql.Response
	presented gqlerror.List
	recovered any
}

func (f *fakeExecutor) CreateOperationContext(context.Context, *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	return &graphql.OperationContext{}, f.refuse
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

// get asks for the profile as an operator.
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

func answering(data string, errs ...*gqlerror.Error) *fakeExecutor {
	return &fakeExecutor{respond: func() *graphql.Response {
		return &graphql.Response{Data: json.RawMessage(data), Errors: errs}
	}}
}

func coded(code apperr.Code) *gqlerror.Error {
	return &gqlerror.Error{Message: "secret", Extensions: map[string]any{"code": string(code)}}
}

func TestTheExecutorsBadDaysAreAnsweredInTheEnvelope(t *testing.T) {
	panicking := &fakeExecutor{respond: func() *graphql.Response { panic("secret") }}
	for _, c := range []struct {
		name     string
		exec     *fakeExecutor
		status   int
		sentence string
	}{
		{"an error beside data", answering(`{"data":null}`, coded(apperr.Unavailable)), 503, "secret"},
		{"the first of two errors", answering(`null`, coded(apperr.Overloaded), coded(apperr.Internal)), 503, "secret"},
		{"a document that is not run", &fakeExecutor{refuse: gqlerror.List{coded(apperr.ValidationFailed)}}, 500, "Se ha producido un error interno."},
		{"a panic", panicking, 500, "Se ha producido un error interno. Si se repite, comunique este identificador: REQ"},
		{"an answer of another form", answering(`{"data":[]}`), 500, "Se ha producido un error interno."},
		{"an answer that is no JSON", answering(`{`), 500, "Se ha producido un error interno."},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := get(t, c.exec)
			if body := w.Body.String(); w.Code != c.status || !strings.HasPrefix(body, `{"errors":["`+c.sentence) {
				t.Errorf("got %d %s, want %d %s", w.Code, body, c.status, c.sentence)
			}
		})
	}
	if fmt.Sprint(panicking.recovered) != "secret" {
		t.Errorf("the presenter was told %v", panicking.recovered)
	}
}

// The presenter knows the error of a client that is gone, and makes no fault of
// it.
func TestAClientThatIsGoneIsToldToThePresenter(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	exec := &fakeExecutor{respond: func() *graphql.Response { return nil }}
	getIn(ctx, t, exec)
	if len(exec.presented) != 1 || !errors.Is(exec.presented[0], context.Canceled) {
		t.Errorf("it was told %v", exec.presented)
	}
}

func TestAnAbortedRequestStaysAborted(t *testing.T) {
	defer func() {
		if panicked := recover(); panicked != http.ErrAbortHandler {
			t.Errorf("got %v", panicked)
		}
	}()
	get(t, &fakeExecutor{respond: func() *graphql.Response { panic(http.ErrAbortHandler) }})
}
