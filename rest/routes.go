package rest

import "net/http"

// route is one of the legacy routes.
type route struct {
	method, path string
	// document names a file in documents.
	document string
	// normalize turns the legacy spellings in a body into those of the schema.
	normalize func(body object)
	// answer makes the members that stand beside ok out of the document's
	// answer; without it there are none.
	answer func(data object) object
	// lenient lets a body have fields that the document does not know.
	lenient bool
}

var routes = []route{
	{method: http.MethodPost, path: "/api/auth/login", document: "login", answer: session, lenient: true},

	{method: http.MethodGet, path: "/api/perfil", document: "perfil", answer: profile},
	{method: http.MethodPut, path: "/api/perfil/password", document: "password"},

	{method: http.MethodGet, path: "/api/perfil/integraciones", document: "integraciones", answer: integrations},
	{method: http.MethodPut, path: "/api/perfil/integraciones/pms", document: "pms_put"},
	{method: http.MethodDelete, path: "/api/perfil/integraciones/pms", document: "pms_delete"},
	{method: http.MethodPut, path: "/api/perfil/integraciones/ia", document: "ia_put", normalize: emptyKeyIsNone},
	{method: http.MethodDelete, path: "/api/perfil/integraciones/ia", document: "ia_delete"},

	{method: http.MethodGet, path: "/api/perfil/xlsx-apartamentos", document: "xlsx_get", answer: company},
	{method: http.MethodPut, path: "/api/perfil/xlsx-apartamentos", document: "xlsx_put", normalize: wholeNumbers},

	{method: http.MethodGet, path: "/api/perfil/notificaciones-tardio-config", document: "tardio_get", answer: lateCheckIn},
	{method: http.MethodPut, path: "/api/perfil/notificaciones-tardio-config", document: "tardio_put", normalize: emptyColumnsAreNone},
}
