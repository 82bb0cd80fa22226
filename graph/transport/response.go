package transport

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// responder writes the response to a request.
type responder struct {
	w     http.ResponseWriter
	media string
	// language is the language of the messages.
	language apperr.Language
}

// statusPartial is the status of a response with both data and errors, which only the
// GraphQL over HTTP specification defines (September 2026, section "Partial success").
const statusPartial = 294

// statuses are the statuses of requests that were not executed, for clients that
// accept application/graphql-response+json. Any other code is 422.
var statuses = map[apperr.Code]int{
	apperr.ParseFailed:     http.StatusBadRequest,
	apperr.Unauthenticated: http.StatusUnauthorized,
	apperr.Forbidden:       http.StatusForbidden,
	apperr.RateLimited:     http.StatusTooManyRequests,
	apperr.Overloaded:      http.StatusServiceUnavailable,
	apperr.Unavailable:     http.StatusServiceUnavailable,
	apperr.Internal:        http.StatusInternalServerError,
}

// reject responds to a request that is not a GraphQL request. In application/json,
// whose clients may not know 422, it responds 400 instead.
func (r *responder) reject(err *httpError) {
	if err.status == http.StatusUnprocessableEntity && r.media == mediaJSON {
		err.status = http.StatusBadRequest
	}
	if err.allow != "" {
		r.w.Header().Set("Allow", err.allow)
	}
	r.send(err.status, &graphql.Response{Errors: gqlerror.List{{
		Message: err.message.In(r.language, err.args...), Extensions: map[string]any{"code": string(apperr.BadUserInput)},
	}}}, false)
}

// notExecuted responds to a GraphQL request that failed before its execution.
func (r *responder) notExecuted(resp *graphql.Response) {
	status := http.StatusOK
	if r.media == mediaResponse {
		code, _ := resp.Errors[0].Extensions["code"].(string)
		status = cmp.Or(statuses[apperr.Code(code)], http.StatusUnprocessableEntity)
	}
	r.send(status, resp, false)
}

// executed responds to a request that was executed, even if every field failed.
func (r *responder) executed(resp *graphql.Response) {
	status := http.StatusOK
	if r.media == mediaResponse && len(resp.Errors) > 0 {
		status = statusPartial
	}
	r.send(status, resp, true)
}

func (r *responder) send(status int, resp *graphql.Response, withData bool) {
	content := response{Errors: resp.Errors, Extensions: resp.Extensions}
	if withData {
		content.Data = &resp.Data // null without data
	}
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(content); err != nil {
		panic(err) // the executor returned data that is not JSON
	}
	body.Truncate(body.Len() - 1) // the newline
	header := r.w.Header()
	header.Set("Content-Type", r.media+"; charset=utf-8")
	header.Set("Content-Language", r.language.String())
	header.Add("Vary", "Accept-Language")
	header.Set("Content-Length", strconv.Itoa(body.Len()))
	if seconds := retryAfter(resp.Errors); seconds > 0 {
		header.Set("Retry-After", strconv.Itoa(seconds))
	}
	r.w.WriteHeader(status)
	_, _ = body.WriteTo(r.w) // fails only when the client disconnects
}

// response is the JSON of a GraphQL response. Data is nil for a request that was
// not executed.
type response struct {
	Errors     gqlerror.List    `json:"errors,omitempty"`
	Data       *json.RawMessage `json:"data,omitempty"`
	Extensions map[string]any   `json:"extensions,omitempty"`
}

// retryAfter returns the longest retryAfterSeconds of the errors, or 0.
func retryAfter(errs gqlerror.List) int {
	longest := 0
	for _, e := range errs {
		if seconds, ok := e.Extensions["retryAfterSeconds"].(int); ok {
			longest = max(longest, seconds)
		}
	}
	return longest
}
