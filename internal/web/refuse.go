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

// refusal is an error response of this package. Below /api it is a REST envelope
// in Spanish, elsewhere a GraphQL error in the language of the request.
type refusal struct {
	status int
	*apperr.Error
}

// NotFound responds 404. It is for mounted handlers that do their own routing.
var NotFound http.Handler = refusal{http.StatusNotFound, apperr.New(apperr.BadUserInput, apperr.PathNotFound)}

var (
	methodNotAllowed = refusal{http.StatusMethodNotAllowed, apperr.New(apperr.BadUserInput, apperr.WrongMethod)}
	otherOrigin      = refusal{http.StatusForbidden, apperr.New(apperr.Forbidden, apperr.WrongOrigin)}
	otherHost        = refusal{http.StatusForbidden, apperr.New(apperr.Forbidden, apperr.WrongHost)}
)

// ServeHTTP writes the response. An internal error has the id of the request.
func (f refusal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var language apperr.Language
	var body any
	if r.URL.Path == "/api" || strings.HasPrefix(r.URL.Path, "/api/") {
		language = apperr.Spanish
		body = map[string]any{"ok": false, "errors": []string{f.Text(language)}}
	} else {
		language = apperr.MatchLanguage(r.Header.Values("Accept-Language"))
		extensions := map[string]any{"code": f.Code}
		if f.Code == apperr.Internal {
			extensions["requestId"] = auth.RequestID(r.Context())
		}
		body = map[string]gqlerror.List{"errors": {{Message: f.Text(language), Extensions: extensions}}}
		w.Header().Add("Vary", "Accept-Language")
	}
	w.Header().Set("Content-Language", language.String())
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(f.status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(body) // fails only when the client disconnects
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
