package rest

import (
	"net/http"
	"strings"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// language is that of every message of the legacy routes.
const language = apperr.Spanish

// Requests that are rejected before a document runs.
var (
	errNotFound    = rejected(http.StatusNotFound, apperr.NothingHere)
	errMethod      = rejected(http.StatusMethodNotAllowed, apperr.WrongMethod)
	errContentType = rejected(http.StatusBadRequest, apperr.WrongContentType)
	errNoBody      = rejected(http.StatusBadRequest, apperr.BodyEmpty)
	errUnreadable  = rejected(http.StatusBadRequest, apperr.BodyUnreadable)
	errNotJSON     = rejected(http.StatusBadRequest, apperr.BodyNotJSON)
	errTooLarge    = rejected(http.StatusRequestEntityTooLarge, apperr.BodyTooLarge)
	errNotObject   = rejected(http.StatusUnprocessableEntity, apperr.BodyNotObject)
	errCondition   = rejected(http.StatusPreconditionFailed, apperr.NoPrecondition)
)

func rejected(status int, message apperr.Message) *httpError {
	return &httpError{status: status, messages: []string{message.In(language)}}
}

func mustBeOneOf(names []string) string {
	return apperr.MustBeOneOf.In(language, strings.ToLower(strings.Join(names, ", ")))
}
