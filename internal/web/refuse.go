package web

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// refusal is an error response of this package. Below /api it is a REST envelope
// in Spanish, elsewhere a GraphQL error in the language of the request.
type refusal struct {
	status  int
	code    apperr.Code
	message apperr.Message
}

var (
	// NotFound responds 404. It is for mounted handlers that do their own routing.
	NotFound http.Handler = notFound

	notFound         = refusal{http.StatusNotFound, apperr.BadUserInput, apperr.PathNotFound}
	methodNotAllowed = refusal{http.StatusMethodNotAllowed, apperr.BadUserInput, apperr.WrongMethod}
	otherOrigin      = refusal{http.StatusForbidden, apperr.Forbidden, apperr.WrongOrigin}
	otherHost        = refusal{http.StatusForbidden, apperr.Forbidden, apperr.WrongHost}
)

// ServeHTTP writes the response.
func (f refusal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	respond(w, r, f.status, apperr.New(f.code, f.message), "")
}

// respondInternalError responds to a request that caused a panic.
func respondInternalError(w http.ResponseWriter, r *http.Request, id string) {
	respond(w, r, http.StatusInternalServerError, apperr.New(apperr.Internal, apperr.InternalErrorID, id), id)
}

func respond(w http.ResponseWriter, r *http.Request, status int, err *apperr.Error, requestID string) {
	language := apperr.MatchLanguage(r.Header.Values("Accept-Language"))
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
	_ = encoder.Encode(body(isREST(r), err.Code, err.Text(language), requestID)) // fails only when the client disconnects
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

// methods are the methods that a route may have, in the order of the Allow header.
var methods = []string{
	http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodPatch, http.MethodPost, http.MethodPut,
}

// refuseMethod responds 405 with the methods of the route, and sets the route's
// pattern for the log and the metrics.
func refuseMethod(w http.ResponseWriter, r *http.Request) {
	route := chi.RouteContext(r.Context())
	find := func(method string) string { return route.Routes.Find(chi.NewRouteContext(), method, r.URL.Path) }
	var allow []string
	for _, method := range methods {
		pattern := find(method)
		if pattern == "" && method == http.MethodHead {
			pattern = find(http.MethodGet) // see middleware.GetHead
		}
		if pattern != "" {
			allow = append(allow, method)
			route.RoutePatterns = []string{pattern}
		}
	}
	w.Header().Set("Allow", strings.Join(allow, ", "))
	methodNotAllowed.ServeHTTP(w, r)
}
