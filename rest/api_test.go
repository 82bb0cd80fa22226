package rest_test

import (
	"net/http"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestHeadAndUnknownPaths(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{http.MethodHead, "/api/perfil", 200},
		{http.MethodHead, "/api/perfil/integraciones", 200},
		{http.MethodHead, "/api/perfil/xlsx-apartamentos", 200},
		{http.MethodHead, "/api/perfil/notificaciones-tardio-config", 200},
		{http.MethodHead, "/api/csrf-token", 200},
		{http.MethodHead, "/api/health", 200},
		{http.MethodGet, "/api", 404},
		{http.MethodGet, "/api/", 404},
		{http.MethodGet, "/api/perfil/", 404},
		{http.MethodGet, "/api/Perfil", 404},
		{http.MethodPut, "/api/perfil/nada", 404},
		{http.MethodPost, "/api/auth/logout", 404},
	} {
		resp := s.send(t, c.method, c.path, "", "Authorization: "+credentials(t, "operativo"))
		if resp.StatusCode != c.status {
			t.Errorf("%s %s: got %d, want %d", c.method, c.path, resp.StatusCode, c.status)
		}
		checkEnvelope(t, c.method, resp)
	}
}
