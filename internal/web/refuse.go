package web

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// refusal is an error response of this package. Below /api it is a REST envelope
// in Spanish, elsewhere a GraphQL error.
type refusal struct {
	status  int
	code    apperr.Code
	english string
	spanish string
}

var (
	// NotFound responds 404. It is for mounted handlers that do their own routing.
	NotFound http.Handler = notFound

	notFound = refusal{http.StatusNotFound, apperr.BadUserInput,
		"There is nothing at this address.", "Esta dirección no existe."}
	methodNotAllowed = refusal{http.StatusMethodNotAllowed, apperr.BadUserInput,
		"This address does not take this method.", "Esta dirección no admite ese método."}
	otherOrigin = refusal{http.StatusForbidden, apperr.Forbidden,
		"Pages of another site may not do this: their origin is not in ALLOWED_ORIGINS.",
		"Las páginas de otro sitio no pueden hacer esto: su origen no está en ALLOWED_ORIGINS."}
	otherHost = refusal{http.StatusForbidden, apperr.Forbidden,
		"A development run has public passwords and refuses this host: open it as http://localhost:PORT or by its IP address.",
		"Un servidor de desarrollo tiene contraseñas públicas y rechaza este nombre: ábralo como http://localhost:PUERTO o por su dirección IP."}
	internalError = refusal{http.StatusInternalServerError, apperr.Internal,
		"Something went wrong on our side. If it happens again, tell us the request id.",
		"Se ha producido un error interno. Si se repite, comunique este identificador: "}
)

// ServeHTTP writes the response.
func (f refusal) ServeHTTP(w http.ResponseWriter, r *http.Request) { f.answer(w, r, "") }

// answer writes the response, with the request id unless it is empty.
func (f refusal) answer(w http.ResponseWriter, r *http.Request, requestID string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(f.status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(f.body(isREST(r), requestID)) // fails only when the client disconnects
}

func (f refusal) body(rest bool, requestID string) any {
	if rest {
		return legacyBody{Errors: []string{f.spanish + requestID}}
	}
	return graphqlBody{Errors: []graphqlError{{Message: f.english, Extensions: extensions{Code: f.code, RequestID: requestID}}}}
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

// refuseMethod responds 405 for the routes of this package, which are all
// read-only.
func refuseMethod(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Allow", "GET, HEAD")
	methodNotAllowed.ServeHTTP(w, r)
}
