package security_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestResponsesOfTheAPIAreNotCacheable(t *testing.T) {
	t.Parallel()
	c := newClient(t, frozenClock()) // so that the backoff after five failures does not end
	people := c.server.People(t)
	admin, operator := c.server.Token(t, people.Admin), c.server.Token(t, people.Operator)
	guess(c, people.OtherAdmin.Email, 5)
	seen := map[int]bool{}
	for _, request := range []struct{ token, method, path, body string }{
		{admin, "POST", "/graphql", `{"query":"{ me { email } }"}`},
		{admin, "GET", "/graphql?query={me{email}}", ""},
		{"", "POST", "/graphql", `{"query":"{ me { email } }"}`},
		{"", "POST", "/graphql", `{"query":"{"}`},
		{"", "POST", "/graphql", `[]`},
		{"", "POST", "/graphql", strings.Repeat(" ", 70_000)},
		{"", "PUT", "/graphql", `{}`},
		{"", "POST", "/graphql", `{"query":"mutation { login(input: {email: \"` + people.OtherAdmin.Email + `\", password: \"x\"}) { token } }"}`},
		{"", "POST", "/api/auth/login", `{"email":"` + people.Admin.Email + `","password":"` + testdb.Password + `"}`},
		{"", "POST", "/api/auth/login", `{"email":"` + people.Admin.Email + `","password":"x"}`},
		{"", "POST", "/api/auth/login", `{"email":"` + people.OtherAdmin.Email + `","password":"x"}`},
		{"", "POST", "/api/auth/login", `{`},
		{"", "GET", "/api/csrf-token", ""},
		{"", "GET", "/api/health", ""},
		{"", "GET", "/api/perfil", ""},
		{admin, "GET", "/api/perfil", ""},
		{admin, "HEAD", "/api/perfil", ""},
		{admin, "GET", "/api/perfil/integraciones", ""},
		{admin, "GET", "/api/perfil/xlsx-apartamentos", ""},
		{admin, "GET", "/api/perfil/notificaciones-tardio-config", ""},
		{admin, "PUT", "/api/perfil/integraciones/pms", `{"proveedor":"smoobu","api_key":"k"}`},
		{admin, "PUT", "/api/perfil/integraciones/pms", `{"proveedor":"nobody","api_key":"k"}`},
		{admin, "PUT", "/api/perfil/integraciones/pms", strings.Repeat(" ", 70_000)},
		{operator, "DELETE", "/api/perfil/integraciones/pms", ""},
		{admin, "DELETE", "/api/perfil/integraciones/pms", ""},
		{admin, "PATCH", "/api/perfil", ""},
		{admin, "BREW", "/api/perfil", ""},
		{admin, "GET", "/api/no", ""},
		{admin, "GET", "/no", ""},
	} {
		r := c.send(request.token, request.method, request.path, request.body)
		seen[r.Status] = true
		if got := r.Header.Values("Cache-Control"); len(got) != 1 || got[0] != "no-store" {
			t.Errorf("%s %s: %d with Cache-Control %q", request.method, request.path, r.Status, got)
		}
	}
	for _, status := range []int{200, 400, 401, 403, 404, 405, 413, 422, 429} {
		if !seen[status] {
			t.Errorf("no response had status %d %s", status, http.StatusText(status))
		}
	}
}
