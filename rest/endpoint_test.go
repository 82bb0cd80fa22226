package rest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/auth"
)

// result is a result of the executor.
type result func() *graphql.Response

// get sends a request for the profile of an operator, and replaces the result of the
// executor. It returns the response and the log. text replaces the document unless empty.
func get(ctx context.Context, t *testing.T, text string, respond result) (*httptest.ResponseRecorder, string) {
	t.Helper()
	var log bytes.Buffer
	exec := graph.NewExecutor(&graph.Resolver{}, graph.ExecutorConfig{
		Log: slog.New(slog.NewTextHandler(&log, nil)), CountError: func(apperr.Code) {},
	})
	exec.AroundOperations(func(context.Context, graphql.OperationHandler) graphql.ResponseHandler {
		return func(context.Context) *graphql.Response { return respond() }
	})
	e := &endpoint{route: routeOf(t, "perfil"), document: mustLoad(t, "perfil"), exec: exec}
	e.text = cmp.Or(text, e.text)
	ctx = auth.WithRequest(ctx, auth.Request{ID: "REQ"})
	ctx = auth.WithCaller(ctx, func() (*auth.Principal, error) { return &auth.Principal{Role: auth.Operator}, nil })
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/perfil", nil))
	return w, log.String()
}

func responding(data string, errs ...*gqlerror.Error) result {
	return func() *graphql.Response { return &graphql.Response{Data: json.RawMessage(data), Errors: errs} }
}

func TestResultOfTheExecutorBecomesAResponse(t *testing.T) {
	failing := func(code apperr.Code, extensions ...any) result {
		e := &gqlerror.Error{Message: "presented", Extensions: map[string]any{"code": string(code)}}
		for i := 0; i < len(extensions); i += 2 {
			e.Extensions[extensions[i].(string)] = extensions[i+1]
		}
		return responding(`{"data":null}`, e, &gqlerror.Error{Message: "second"})
	}
	const presented, internal, withID = `{"errors":["presented"],"ok":false}`, `{"errors":["Se ha producido un error interno.`, ` Si se repite, comunique este identificador: `
	for _, c := range []struct {
		name, document string
		respond        result
		status         int
		retryAfter     string
		body, logged   string
	}{
		{"HTML characters, a time without microseconds", "", responding(`{"data":{"rol":"ADMIN","password_changed_at":"2025-06-01T09:00:00.000000Z","url":"<ñ&>"}}`),
			200, "", `{"data":{"password_changed_at":"2025-06-01T09:00:00+00:00","rol":"admin","url":"<ñ&>"},"ok":true}`, ""},
		{"no time", "", responding(`{"data":{"rol":"ADMIN","password_changed_at":null}}`), 200, "", `{"data":{"password_changed_at":null,"rol":"admin"},"ok":true}`, ""},
		{"no valid token", "", failing(apperr.Unauthenticated), 401, "", presented, ""},
		{"not an administrator", "", failing(apperr.Forbidden), 403, "", presented, ""},
		{"bad input", "", failing(apperr.BadUserInput), 422, "", presented, ""},
		{"a rate limit", "", failing(apperr.RateLimited, "retryAfterSeconds", 30), 429, "30", presented, ""},
		{"an overloaded server", "", failing(apperr.Overloaded), 503, "1", presented, ""},
		{"an unavailable database", "", failing(apperr.Unavailable), 503, "1", presented, ""},
		{"an internal error", "", failing(apperr.Internal, "requestId", "ABC"), 500, "", internal + withID + `ABC"`, ""},
		{"a stored document over a limit", "", failing(apperr.ComplexityLimitExceeded), 500, "", internal + `"`, ""},
		{"an invalid stored document", "{ nothing }", nil, 500, "", internal + `"`, ""},
		{"a panic", "", func() *graphql.Response { panic("secret") }, 500, "", internal + withID + `REQ"`, "secret"},
		{"data of another form", "", responding(`{"data":[]}`), 500, "", internal + withID + `REQ"`, "panic"},
		{"data that is not JSON", "", responding(`{`), 500, "", internal + withID + `REQ"`, "decode the executor's response"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, log := get(t.Context(), t, c.document, c.respond)
			if body := w.Body.String(); w.Code != c.status || !strings.HasPrefix(body, c.body) {
				t.Errorf("got %d %s, want %d %s", w.Code, body, c.status, c.body)
			}
			if h := w.Header(); h.Get("Retry-After") != c.retryAfter || h.Get("Content-Language") != "es" {
				t.Errorf("got Retry-After %q, Content-Language %q", h.Get("Retry-After"), h.Get("Content-Language"))
			}
			if !strings.Contains(log, c.logged) || c.logged == "" && log != "" {
				t.Errorf("logged %q", log)
			}
		})
	}
}

func TestDisconnectOfAClientIsNotLogged(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, log := get(ctx, t, "", func() *graphql.Response { return nil }); log != "" {
		t.Errorf("logged %q", log)
	}
}

func TestAbortedRequestStaysAborted(t *testing.T) {
	defer func() {
		if panicked := recover(); panicked != http.ErrAbortHandler {
			t.Errorf("got %v", panicked)
		}
	}()
	get(t.Context(), t, "", func() *graphql.Response { panic(http.ErrAbortHandler) })
}
