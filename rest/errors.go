package rest

import (
	"net/http"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// language is the language of every message of the legacy routes.
const language = apperr.Spanish

// Errors of requests that are rejected before a document runs.
var (
	errContentType  = newHTTPError(http.StatusBadRequest, apperr.WrongContentType)
	errNoBody       = newHTTPError(http.StatusBadRequest, apperr.BodyEmpty)
	errUnreadable   = newHTTPError(http.StatusBadRequest, apperr.BodyUnreadable)
	errNotJSON      = newHTTPError(http.StatusBadRequest, apperr.BodyNotJSON)
	errTooLarge     = newHTTPError(http.StatusRequestEntityTooLarge, apperr.BodyTooLarge)
	errNotObject    = newHTTPError(http.StatusUnprocessableEntity, apperr.BodyNotObject)
	errPrecondition = newHTTPError(http.StatusPreconditionFailed, apperr.PreconditionNotSupported)
)

// httpError is a rejected or failed request, as the client sees it.
type httpError struct {
	status int
	// messages are in Spanish. The message of a field starts with "field: ".
	messages []string
	// retryAfter is in seconds; 0 omits the header.
	retryAfter int
}

func newHTTPError(status int, message apperr.Message) *httpError {
	return &httpError{status: status, messages: []string{message.In(language)}}
}

func (e *httpError) Error() string { return e.messages[0] }

// statuses are the HTTP statuses of the codes that a client can cause. Every
// other code is an internal error, because clients do not send documents.
var statuses = map[apperr.Code]int{
	apperr.Unauthenticated: http.StatusUnauthorized,
	apperr.Forbidden:       http.StatusForbidden,
	apperr.BadUserInput:    http.StatusUnprocessableEntity,
	apperr.RateLimited:     http.StatusTooManyRequests,
	apperr.Overloaded:      http.StatusServiceUnavailable,
	apperr.Unavailable:     http.StatusServiceUnavailable,
}

// unavailableRetryAfter is the Retry-After of a 503 response, in seconds.
const unavailableRetryAfter = 1

// fromPresented maps an error of the executor's presenter.
func fromPresented(presented *gqlerror.Error) *httpError {
	code, _ := presented.Extensions["code"].(string)
	retryAfter, _ := presented.Extensions["retryAfterSeconds"].(int)
	status, ok := statuses[apperr.Code(code)]
	if !ok {
		message := apperr.InternalError.In(language)
		if id, _ := presented.Extensions["requestId"].(string); id != "" {
			message = apperr.InternalErrorID.In(language, id)
		}
		return &httpError{status: http.StatusInternalServerError, messages: []string{message}}
	}
	if status == http.StatusServiceUnavailable {
		retryAfter = unavailableRetryAfter
	}
	return &httpError{status: status, messages: []string{presented.Message}, retryAfter: retryAfter}
}
