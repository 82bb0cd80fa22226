package rest_test

import (
	"net/http"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestPathsAndMethods(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	for _, c := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{http.MethodHead, "/api/perfil", 200, ""},
		{http.MethodHead, "/api/perfil/integraciones", 200, ""},
		{http.MethodHead, "/api/perfil/xlsx-apartamentos", 200, ""},
		{http.MethodHead, "/api/perfil/notificaciones-tardio-config", 200, ""},
		{http.MethodHead, "/api/csrf-token", 200, ""},
		{http.MethodHead, "/api/health", 200, ""},
		{http.MethodGet, "/api", 404, ""},
		{http.MethodGet, "/api/", 404, ""},
		{http.MethodGet, "/api/perfil/", 404, ""},
		{http.MethodGet, "/api/Perfil", 404, ""},
		{http.MethodPut, "/api/perfil/nada", 404, ""},
		{http.MethodPost, "/api/auth/logout", 404, ""},
		{http.MethodPost, "/api/perfil", 405, "GET, HEAD"},
		{http.MethodGet, login, 405, "POST"},
		{http.MethodHead, login, 405, "POST"},
		{http.MethodGet, "/api/perfil/password", 405, "PUT"},
		{http.MethodPatch, pms, 405, "DELETE, PUT"},
		{http.MethodGet, "/api/perfil/integraciones/ia", 405, "DELETE, PUT"},
		{http.MethodDelete, "/api/perfil/xlsx-apartamentos", 405, "GET, HEAD, PUT"},
		{http.MethodOptions, "/api/perfil/notificaciones-tardio-config", 405, "GET, HEAD, PUT"},
		{http.MethodPost, "/api/csrf-token", 405, "GET, HEAD"},
		{http.MethodPost, "/api/health", 405, "GET, HEAD"},
	} {
		resp := s.send(t, c.method, c.path, "", "Authorization: "+credentials(t, "operativo"))
		if resp.StatusCode != c.status || resp.Header.Get("Allow") != c.allow {
			t.Errorf("%s %s: got %d, Allow %q, want %d, %q", c.method, c.path, resp.StatusCode, resp.Header.Get("Allow"), c.status, c.allow)
		}
		checkEnvelope(t, c.method, resp)
	}
}
