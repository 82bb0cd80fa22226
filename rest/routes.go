package rest

import "net/http"

// route is one of the legacy routes.
type route struct {
	method, path string
	// document names a file in documents.
	document string
	// normalize replaces the legacy forms of values in a request body by those of
	// the schema.
	normalize func(body object)
	// response makes the members of the success response from the data of the
	// document; nil for a response without members.
	response func(data object) object
	// lenient ignores unknown fields of the request body.
	lenient bool
}

var routes = []route{
	{method: http.MethodPost, path: "/api/auth/login", document: "login", response: loginResponse, lenient: true},

	{method: http.MethodGet, path: "/api/perfil", document: "perfil", response: profileResponse},
	{method: http.MethodPut, path: "/api/perfil/password", document: "password"},

	{method: http.MethodGet, path: "/api/perfil/integraciones", document: "integraciones", response: integrationsResponse},
	{method: http.MethodPut, path: "/api/perfil/integraciones/pms", document: "pms_put"},
	{method: http.MethodDelete, path: "/api/perfil/integraciones/pms", document: "pms_delete"},
	{method: http.MethodPut, path: "/api/perfil/integraciones/ia", document: "ia_put", normalize: normalizeAPIKey},
	{method: http.MethodDelete, path: "/api/perfil/integraciones/ia", document: "ia_delete"},

	{method: http.MethodGet, path: "/api/perfil/xlsx-apartamentos", document: "xlsx_get", response: companyResponse},
	{method: http.MethodPut, path: "/api/perfil/xlsx-apartamentos", document: "xlsx_put", normalize: normalizeIntegers},

	{method: http.MethodGet, path: "/api/perfil/notificaciones-tardio-config", document: "tardio_get", response: lateCheckInResponse},
	{method: http.MethodPut, path: "/api/perfil/notificaciones-tardio-config", document: "tardio_put", normalize: normalizeColumnLetters},
}
