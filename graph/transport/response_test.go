package transport_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

func TestExecutedRequestHasData(t *testing.T) {
	for name, c := range map[string]struct {
		resp   graphql.Response
		status int // in application/graphql-response+json
		want   string
	}{
		"errors and data": {graphql.Response{Errors: gqlerror.List{{Message: "no"}}, Data: json.RawMessage(`{"me":null}`)}, 294,
			`{"errors":[{"message":"no"}],"data":{"me":null}}`},
		"errors and null": {graphql.Response{Errors: gqlerror.List{{Message: "no"}}, Data: json.RawMessage("null")}, 294,
			`{"errors":[{"message":"no"}],"data":null}`},
		"errors and nothing": {graphql.Response{Errors: gqlerror.List{{Message: "no"}}}, 294,
			`{"errors":[{"message":"no"}],"data":null}`},
		"data": {graphql.Response{Data: json.RawMessage(`{"me":{"name":"<é🏊>"}}`)}, 200,
			`{"data":{"me":{"name":"<é🏊>"}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHandler(t, func(context.Context) *graphql.Response { copied := c.resp; return &copied })
			for media, status := range map[string]int{mediaJSON: 200, mediaResponse: c.status} {
				got := do(t, h, post(document("{me{id}}"), "Accept: "+media))
				if got.StatusCode != status || got.Body != c.want {
					t.Errorf("%s: got %d %s", media, got.StatusCode, got.Body)
				}
			}
		})
	}
}

func TestRetryAfterIsTheLongestOfTheErrors(t *testing.T) {
	h := newHandler(t, func(ctx context.Context) *graphql.Response {
		for _, wait := range []time.Duration{time.Second, 90 * time.Second, 0} {
			graphql.AddError(ctx, &apperr.Error{Code: apperr.RateLimited, Message: apperr.TooManyAttempts, RetryAfter: wait})
		}
		return &graphql.Response{Data: json.RawMessage("null")}
	})
	got := do(t, h, post(document("{me{id}}")))
	if got.StatusCode != http.StatusOK || got.Header.Get("Retry-After") != "90" {
		t.Errorf("got %d, Retry-After %q", got.StatusCode, got.Header.Get("Retry-After"))
	}
	if got := do(t, newHandler(t, hello), post(document("{me{id}}"))); got.Header.Get("Retry-After") != "" {
		t.Errorf("without an error: Retry-After %q", got.Header.Get("Retry-After"))
	}
}

// countingWriter counts headers and writes.
type countingWriter struct {
	http.ResponseWriter
	headers, writes int
}

func (w *countingWriter) WriteHeader(status int) { w.headers++; w.ResponseWriter.WriteHeader(status) }

func (w *countingWriter) Write(b []byte) (int, error) { w.writes++; return w.ResponseWriter.Write(b) }

func TestResponseIsOneWrite(t *testing.T) {
	w := &countingWriter{ResponseWriter: httptest.NewRecorder()}
	newHandler(t, hello).ServeHTTP(w, post(document("{me{id}}")))
	if w.headers != 1 || w.writes != 1 || w.Header().Get("Content-Length") != "26" {
		t.Errorf("%d headers, %d writes, %v", w.headers, w.writes, w.Header())
	}
}
