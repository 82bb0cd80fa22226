package web

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// refusal is what this package itself answers, before or beside the edges. It
// speaks as the edge does that the client called: Spanish in the REST envelope
// below /api, elsewhere a GraphQL error.
type refusal struct {
	status  int
	code    apperr.Code
	message apperr.Message
}

var (
	// NotFound is for handlers that are mounted as a whole, and know which
	// addresses below theirs there are.
	NotFound http.Handler = notFound

	notFound         = refusal{http.StatusNotFound, apperr.BadUserInput, apperr.UnknownAddress}
	methodNotAllowed = refusal{http.StatusMethodNotAllowed, apperr.BadUserInput, apperr.WrongMethod}
	otherOrigin      = refusal{http.StatusForbidden, apperr.Forbidden, apperr.WrongOrigin}
	otherHost        = refusal{http.StatusForbidden, apperr.Forbidden, apperr.WrongHost}
)

// ServeHTTP answers the refusal.
func (f refusal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer(w, r, f.status, apperr.New(f.code, f.message), "")
}

// answerInternalError answers a panic. The id is that of the request.
func answerInternalError(w http.ResponseWriter, r *http.Request, id string) {
	answer(w, r, http.StatusInternalServerError, apperr.New(apperr.Internal, apperr.InternalErrorID, id), id)
}

func answer(w http.ResponseWriter, r *http.Request, status int, err *apperr.Error, requestID string) {
	language := apperr.MatchLanguage(r.Header.Get("Accept-Language"))
	if isREST(r) {
		language = apperr.Spanish
	} else {
		w.Header().Add("Vary", "Accept-Language")
	}
	w.Header().Set("Content-Language", language.String())
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(body(isREST(r), err.Code, err.Text(language), requestID)) // a client that is gone is no fault of the server
}

func body(rest bool, code apperr.Code, message, requestID string) any {
	if rest {
		return legacyBody{Errors: []string{message}}
	}
	return graphqlBody{Errors: []graphqlError{{Message: message, Extensions: extensions{Code: code, RequestID: requestID}}}}
}

type legacyBody struct {
	OK     bool     `json:"ok"`
	Errors []string `json:"errors"`
}

type graphqlBody struct {
	Errors []graphqlError `json:"errors"`
}

type graphqlError struct {
	Message    string     `json:"message"`
	Extensions extensions `json:"extensions"`
}

type extensions struct {
	Code      apperr.Code `json:"code"`
	RequestID string      `json:"requestId,omitempty"`
}

func isREST(r *http.Request) bool {
	return r.URL.Path == "/api" || strings.HasPrefix(r.URL.Path, "/api/")
}

// refuseMethod is for the routes of this package, which all are for reading.
func refuseMethod(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Allow", "GET, HEAD")
	methodNotAllowed.ServeHTTP(w, r)
}
