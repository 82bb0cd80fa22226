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

func TestExecutedRequestHasDataAndIsNotEscapedForHTML(t *testing.T) {
	for want, executed := range map[string]graphql.Response{
		`{"errors":[{"message":"no"}],"data":null}`: {Errors: gqlerror.List{{Message: "no"}}},
		`{"data":{"me":{"name":"<é🏊>"}}}`:           {Data: json.RawMessage(`{"me":{"name":"<é🏊>"}}`)},
	} {
		h := newHandler(t, func(context.Context) *graphql.Response { return &executed })
		if got := do(t, h, post(document("{me{id}}"))); got.StatusCode != http.StatusOK || got.Body != want {
			t.Errorf("got %d %s, want %s", got.StatusCode, got.Body, want)
		}
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
