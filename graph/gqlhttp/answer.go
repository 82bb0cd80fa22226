package gqlhttp

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/internal/problem"
)

// answer writes the one response to a request.
type answer struct {
	w     http.ResponseWriter
	media string
}

// headers are the same for every answer of a media type. All answers share the
// values, which nobody changes in place.
var headers = map[string]http.Header{
	mediaJSON:     headersFor(mediaJSON),
	mediaResponse: headersFor(mediaResponse),
}

func headersFor(media string) http.Header {
	return http.Header{
		"Content-Type":           {media + "; charset=utf-8"},
		"Cache-Control":          {"no-store"},
		"X-Content-Type-Options": {"nosniff"},
	}
}

// statuses are those of a request that was not executed, where the client
// takes application/graphql-response+json. All other codes are 400.
var statuses = map[problem.Code]int{
	problem.Unauthenticated: http.StatusUnauthorized,
	problem.Forbidden:       http.StatusForbidden,
	problem.RateLimited:     http.StatusTooManyRequests,
	problem.Overloaded:      http.StatusServiceUnavailable,
	problem.Unavailable:     http.StatusServiceUnavailable,
	problem.Internal:        http.StatusInternalServerError,
}

// refuse answers what is no GraphQL request.
func (a *answer) refuse(r *refused) {
	if r.allow != "" {
		a.w.Header().Set("Allow", r.allow)
	}
	a.send(r.status, &graphql.Response{Errors: gqlerror.List{coded(problem.BadUserInput, r.message)}}, false)
}

// notExecuted answers a GraphQL request that failed before its execution.
func (a *answer) notExecuted(resp *graphql.Response) {
	status := http.StatusOK
	if a.media == mediaResponse {
		status = http.StatusBadRequest
		if len(resp.Errors) > 0 {
			code, _ := resp.Errors[0].Extensions["code"].(string)
			if s, ok := statuses[problem.Code(code)]; ok {
				status = s
			}
		}
	}
	a.send(status, resp, false)
}

// executed answers a request that ran, also when every field failed.
func (a *answer) executed(resp *graphql.Response) { a.send(http.StatusOK, resp, true) }

func (a *answer) send(status int, resp *graphql.Response, withData bool) {
	body, err := encode(resp, withData)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"errors":[{"message":"An internal error occurred.","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`)
	}
	header := a.w.Header()
	maps.Copy(header, headers[a.media])
	header.Set("Content-Length", strconv.Itoa(len(body)))
	if seconds := retryAfter(resp.Errors); seconds > 0 {
		header.Set("Retry-After", strconv.Itoa(seconds))
	}
	a.w.WriteHeader(status)
	_, _ = a.w.Write(body) // a client that is gone is no fault of the server
}

// encode writes the envelope around the data, which is JSON already: encoding
// the whole response would check and copy it once more.
func encode(resp *graphql.Response, withData bool) ([]byte, error) {
	body := make([]byte, 0, len(resp.Data)+64)
	body = append(body, '{')
	if len(resp.Errors) > 0 {
		errs, err := json.Marshal(resp.Errors)
		if err != nil {
			return nil, err
		}
		body = append(append(body, `"errors":`...), errs...)
	}
	if withData {
		body = member(body, `"data":`)
		if resp.Data == nil {
			body = append(body, "null"...)
		} else {
			body = append(body, resp.Data...)
		}
	}
	return append(body, '}'), nil
}

// member starts another member of the object in body.
func member(body []byte, key string) []byte {
	if len(body) > 1 {
		body = append(body, ',')
	}
	return append(body, key...)
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

func coded(code problem.Code, message string) *gqlerror.Error {
	return &gqlerror.Error{Message: message, Extensions: map[string]any{"code": string(code)}}
}
