package rest

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// httpError is a rejected request as the client sees it.
type httpError struct {
	status int
	// messages are in Spanish; one about a field starts with "field: ".
	messages []string
	// retryAfter is in seconds; 0 leaves the header out.
	retryAfter int
}

func (e *httpError) Error() string { return e.messages[0] }

// add appends the messages of another error; the first error's status stays.
// Either may be nil.
func (e *httpError) add(other *httpError) *httpError {
	if e == nil {
		return other
	}
	if other == nil {
		return e
	}
	e.messages = append(e.messages, other.messages...)
	return e
}

func (e *httpError) write(w http.ResponseWriter) {
	if e.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(e.retryAfter))
	}
	writeJSON(w, e.status, object{"ok": false, "errors": e.messages})
}

// rejecting answers every request with e.
func rejecting(e *httpError) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { e.write(w) }
}

// invalid is about one field of a body.
func invalid(field, message string) *httpError {
	return &httpError{status: http.StatusUnprocessableEntity, messages: []string{field + ": " + message}}
}

// statuses are the HTTP statuses of the codes that a legacy caller can cause. Any
// other code is a fault of the server: the documents are its own.
var statuses = map[apperr.Code]int{
	apperr.Unauthenticated: http.StatusUnauthorized,
	apperr.Forbidden:       http.StatusForbidden,
	apperr.BadUserInput:    http.StatusUnprocessableEntity,
	apperr.RateLimited:     http.StatusTooManyRequests,
	apperr.Overloaded:      http.StatusServiceUnavailable,
	apperr.Unavailable:     http.StatusServiceUnavailable,
}

// retryAfter is after how many seconds a client may retry when the server is busy
// or its database is unavailable.
const retryAfter = 1

// toHTTPError maps any error of a handler. What the executor's presenter did not
// present is an internal error.
func toHTTPError(err error) *httpError {
	if e, ok := errors.AsType[*httpError](err); ok {
		return e
	}
	presented, ok := errors.AsType[*gqlerror.Error](err)
	if !ok {
		return internalError("")
	}
	code, _ := presented.Extensions["code"].(string)
	wait, _ := presented.Extensions["retryAfterSeconds"].(int)
	requestID, _ := presented.Extensions["requestId"].(string)
	status, known := statuses[apperr.Code(code)]
	if !known {
		return internalError(requestID)
	}
	if wait == 0 && status == http.StatusServiceUnavailable {
		wait = retryAfter
	}
	return &httpError{status: status, messages: []string{presented.Message}, retryAfter: wait}
}

func internalError(requestID string) *httpError {
	message := apperr.InternalError.In(language)
	if requestID != "" {
		message = apperr.InternalErrorID.In(language, requestID)
	}
	return &httpError{status: http.StatusInternalServerError, messages: []string{message}}
}

// fromUserError maps a user error of the schema, about a field unless field is
// empty.
func fromUserError(code apperr.UserErrorCode, message, field string) *httpError {
	switch code {
	case apperr.InvalidCredentials:
		return &httpError{status: http.StatusUnauthorized, messages: []string{message}}
	case apperr.WrongPassword:
		field = "" // legacy callers show this one above the form
	}
	if field == "" {
		return &httpError{status: http.StatusUnprocessableEntity, messages: []string{message}}
	}
	return invalid(field, message)
}
