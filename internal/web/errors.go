package web

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/auth"
)

// errorResponse is an error response of this package. Below /api it is a REST envelope
// in Spanish, elsewhere a GraphQL error in the language of the request.
type errorResponse struct {
	status int
	*apperr.Error
}

// NotFound responds 404. It is for mounted handlers that do their own routing.
var NotFound http.Handler = errorResponse{http.StatusNotFound, apperr.New(apperr.BadUserInput, apperr.PathNotFound)}

var (
	methodNotAllowed = errorResponse{http.StatusMethodNotAllowed, apperr.New(apperr.BadUserInput, apperr.WrongMethod)}
	otherOrigin      = errorResponse{http.StatusForbidden, apperr.New(apperr.Forbidden, apperr.WrongOrigin)}
	otherHost        = errorResponse{http.StatusForbidden, apperr.New(apperr.Forbidden, apperr.WrongHost)}
)

// ServeHTTP writes the response. An internal error has the id of the request.
func (e errorResponse) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var language apperr.Language
	var body any
	if r.URL.Path == "/api" || strings.HasPrefix(r.URL.Path, "/api/") {
		language = apperr.Spanish
		body = map[string]any{"ok": false, "errors": []string{e.Text(language)}}
	} else {
		language = apperr.MatchLanguage(r.Header.Values("Accept-Language"))
		extensions := map[string]any{"code": e.Code}
		if e.Code == apperr.Internal {
			extensions["requestId"] = auth.RequestID(r.Context())
		}
		body = map[string]gqlerror.List{"errors": {{Message: e.Text(language), Extensions: extensions}}}
		w.Header().Add("Vary", "Accept-Language")
	}
	w.Header().Set("Content-Language", language.String())
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(e.status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(body) // fails only when the client disconnects
}

// methods are the methods that a route may have, in the order of the Allow header.
var methods = []string{
	http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodPatch, http.MethodPost, http.MethodPut,
}

// rejectMethod responds 405 with the methods of the route, and sets the route's
// pattern for the log and the metrics.
func rejectMethod(w http.ResponseWriter, r *http.Request) {
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
