package rest_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestEachCSRFTokenIsNewAndAlsoACookie(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	seen := make(map[string]bool)
	for _, proto := range []string{"http", "https"} {
		answer := s.send(t, http.MethodGet, "/api/csrf-token", "", "X-Forwarded-Proto: "+proto)
		var body struct {
			OK    bool   `json:"ok"`
			Token string `json:"csrf_token"`
		}
		if err := json.Unmarshal([]byte(answer.text), &body); err != nil || !body.OK || len(body.Token) < 20 || seen[body.Token] {
			t.Fatalf("got %s", answer.text)
		}
		seen[body.Token] = true
		cookies := answer.Cookies()
		if len(cookies) != 1 || cookies[0].Value != body.Token || !cookies[0].HttpOnly ||
			cookies[0].SameSite != http.SameSiteLaxMode || cookies[0].Secure != (proto == "https") {
			t.Errorf("behind %s: got %v", proto, cookies)
		}
		if got := answer.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("Cache-Control: %s", got)
		}
	}
}

// The legacy pages send the token with each change.
func TestACSRFTokenIsTakenWithEveryChange(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	for _, c := range []struct{ method, path, body string }{
		{http.MethodPut, "/api/perfil/integraciones/pms", `{"proveedor":"smoobu","api_key":"k"}`},
		{http.MethodDelete, "/api/perfil/integraciones/pms", ""},
		{http.MethodPut, "/api/perfil/integraciones/ia", `{"proveedor":"openai","api_key":"k"}`},
		{http.MethodDelete, "/api/perfil/integraciones/ia", ""},
		{http.MethodPut, "/api/perfil/xlsx-apartamentos", `{"col_id_externo":1,"col_nombre":2}`},
		{http.MethodPut, "/api/perfil/notificaciones-tardio-config", `{"hora_corte":"21:30"}`},
		{http.MethodPost, login, `{"email":"` + adminEmail + `","password":"` + testdb.Password + `"}`},
		{http.MethodPut, "/api/perfil/password", `{"password_actual":"` + testdb.Password + `","password_nueva":"Battery-Staple-2"}`},
	} {
		s.send(t, c.method, c.path, c.body, "X-CSRF-Token: any", "Authorization: "+credentials(t, "admin")).expect(t, http.StatusOK, "{")
	}
}
