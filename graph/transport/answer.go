package transport

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// answer writes the one response to a request.
type answer struct {
	w     http.ResponseWriter
	media string
	// language is that of the messages.
	language apperr.Language
}

// statuses are those of a request that was not executed, where the client
// takes application/graphql-response+json. All other codes are 400.
var statuses = map[apperr.Code]int{
	apperr.Unauthenticated: http.StatusUnauthorized,
	apperr.Forbidden:       http.StatusForbidden,
	apperr.RateLimited:     http.StatusTooManyRequests,
	apperr.Overloaded:      http.StatusServiceUnavailable,
	apperr.Unavailable:     http.StatusServiceUnavailable,
	apperr.Internal:        http.StatusInternalServerError,
}

// refuse answers what is no GraphQL request.
func (a *answer) refuse(r *refused) {
	if r.allow != "" {
		a.w.Header().Set("Allow", r.allow)
	}
	a.send(r.status, &graphql.Response{Errors: gqlerror.List{coded(apperr.BadUserInput, r.message.In(a.language, r.args...))}}, false)
}

// notExecuted answers a GraphQL request that failed before its execution.
func (a *answer) notExecuted(resp *graphql.Response) {
	status := http.StatusOK
	if a.media == mediaResponse {
		status = http.StatusBadRequest
		if len(resp.Errors) > 0 {
			code, _ := resp.Errors[0].Extensions["code"].(string)
			if s, ok := statuses[apperr.Code(code)]; ok {
				status = s
			}
		}
	}
	a.send(status, resp, false)
}

// executed answers a request that ran, also when every field failed.
func (a *answer) executed(resp *graphql.Response) { a.send(http.StatusOK, resp, true) }

func (a *answer) send(status int, resp *graphql.Response, withData bool) {
	body := response{Errors: resp.Errors, Extensions: resp.Extensions}
	if withData {
		body.Data = &resp.Data // null when there is none
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		status = http.StatusInternalServerError
		text.Reset()
		text.WriteString(`{"errors":[{"message":"An internal error occurred.","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}` + "\n")
	}
	text.Truncate(text.Len() - 1) // the line end
	header := a.w.Header()
	header.Set("Content-Type", a.media+"; charset=utf-8")
	header.Set("Content-Language", a.language.String())
	header.Add("Vary", "Accept-Language")
	header.Set("Content-Length", strconv.Itoa(text.Len()))
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	if seconds := retryAfter(resp.Errors); seconds > 0 {
		header.Set("Retry-After", strconv.Itoa(seconds))
	}
	a.w.WriteHeader(status)
	_, _ = text.WriteTo(a.w) // a client that is gone is no fault of the server
}

// response is a GraphQL response. Data is nil for a request that was not executed.
type response struct {
	Errors gqlerror.List    `json:"errors,omitempty"`
	Data   *json.RawMessage `json:"data,omitempty"`
	// Extensions are those that gqlgen's extensions register.
	Extensions map[string]any `json:"extensions,omitempty"`
}

// retryAfter is the longest wait that an error asks for, in seconds.
func retryAfter(errs gqlerror.List) int {
	longest := 0
	for _, e := range errs {
		if seconds, ok := e.Extensions["retryAfterSeconds"].(int); ok {
			longest = max(longest, seconds)
		}
	}
	return longest
}

func coded(code apperr.Code, message string) *gqlerror.Error {
	return &gqlerror.Error{Message: message, Extensions: map[string]any{"code": string(code)}}
}
