package rest

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// failure is a request that was refused, as the client learns of it.
type failure struct {
	status int
	// sentences are in Spanish; one about a field starts with "field: ".
	sentences []string
	// retryAfter is in seconds; 0 leaves the header out.
	retryAfter int
}

func (f *failure) Error() string { return f.sentences[0] }

// add appends the sentences of another failure; the first failure's status
// stays. Either may be nil.
func (f *failure) add(other *failure) *failure {
	if f == nil {
		return other
	}
	if other == nil {
		return f
	}
	f.sentences = append(f.sentences, other.sentences...)
	return f
}

func (f *failure) write(w http.ResponseWriter) {
	if f.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.retryAfter))
	}
	writeJSON(w, f.status, object{"ok": false, "errors": f.sentences})
}

// refusing answers every request with f.
func refusing(f *failure) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { f.write(w) }
}

// invalid is about one field of a body.
func invalid(field, sentence string) *failure {
	return &failure{status: http.StatusUnprocessableEntity, sentences: []string{field + ": " + sentence}}
}

// statuses are the HTTP statuses of the codes that both edges share. Any other
// code is a fault of the server: the documents are its own.
var statuses = map[apperr.Code]int{
	apperr.Unauthenticated: http.StatusUnauthorized,
	apperr.Forbidden:       http.StatusForbidden,
	apperr.BadUserInput:    http.StatusUnprocessableEntity,
	apperr.RateLimited:     http.StatusTooManyRequests,
	apperr.Overloaded:      http.StatusServiceUnavailable,
	apperr.Unavailable:     http.StatusServiceUnavailable,
}

// comeBackAfter is when a server that is busy or without its database is worth
// another try, in seconds.
const comeBackAfter = 1

// failureOf words any error of a handler. What it does not know is an internal
// error, of which nothing is told.
func failureOf(err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	code, wait, requestID := details(err)
	status, known := statuses[code]
	if !known {
		code, status = apperr.Internal, http.StatusInternalServerError
	}
	if wait == 0 && status == http.StatusServiceUnavailable {
		wait = comeBackAfter
	}
	return &failure{status: status, sentences: []string{sentenceOfCode(code, err, requestID)}, retryAfter: wait}
}

// details reads a presented error, or one that never reached the executor.
func details(err error) (code apperr.Code, retryAfterSeconds int, requestID string) {
	presented, ok := errors.AsType[*gqlerror.Error](err)
	if !ok {
		return apperr.CodeOf(err), 0, ""
	}
	text, _ := presented.Extensions["code"].(string)
	retryAfterSeconds, _ = presented.Extensions["retryAfterSeconds"].(int)
	requestID, _ = presented.Extensions["requestId"].(string)
	return apperr.Code(text), retryAfterSeconds, requestID
}

// refusedAs words a user error of the schema, about a field unless field is
// empty.
func refusedAs(code, field string) *failure {
	sentence, known := refusals[apperr.UserErrorCode(code)]
	if !known {
		sentence = sentenceRefused
	}
	switch apperr.UserErrorCode(code) {
	case apperr.InvalidCredentials:
		return &failure{status: http.StatusUnauthorized, sentences: []string{sentence}}
	case apperr.WrongPassword:
		field = "" // legacy callers show this one above the form
	}
	if field == "" {
		return &failure{status: http.StatusUnprocessableEntity, sentences: []string{sentence}}
	}
	return invalid(field, sentence)
}
