package rest_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/rest"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// validBodies are request bodies that the routes accept from the administrator.
var validBodies = map[rest.Route]string{
	{Method: http.MethodPost, Path: login}:                                     `{"email":"` + adminEmail + `","password":"` + testdb.Password + `"}`,
	{Method: http.MethodPut, Path: "/api/perfil/password"}:                     `{"password_actual":"` + testdb.Password + `","password_nueva":"Battery-Staple-2"}`,
	{Method: http.MethodPut, Path: pms}:                                        `{"proveedor":"smoobu","api_key":"k"}`,
	{Method: http.MethodPut, Path: "/api/perfil/integraciones/ia"}:             `{"proveedor":"openai","api_key":"k"}`,
	{Method: http.MethodPut, Path: "/api/perfil/xlsx-apartamentos"}:            `{"col_id_externo":1,"col_nombre":2}`,
	{Method: http.MethodPut, Path: "/api/perfil/notificaciones-tardio-config"}: `{"hora_corte":"21:30"}`,
}

func TestPreconditionFailsOnAChangeAndIsIgnoredOnARead(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	// All requests share one token: the password change at the end revokes every
	// token but the one that it was made with.
	admin := "Authorization: " + credentials(t, "admin")
	for _, r := range rest.Routes() {
		for _, precondition := range []string{"If-Match: *", `If-Match: "x"`, "If-Match: ", "If-None-Match: *", `If-None-Match: "x"`} {
			before := s.stored(t)
			resp := s.send(t, r.Method, r.Path, validBodies[r], admin, precondition)
			if r.Method == http.MethodGet {
				resp.check(t, http.StatusOK, s.send(t, r.Method, r.Path, "", admin).text)
				continue
			}
			checkEnvelope(t, r.Method, resp)
			resp.check(t, http.StatusPreconditionFailed, `{"errors":["Esta operación no`)
			if s.stored(t) != before {
				t.Errorf("%s %s with %s changed a row", r.Method, r.Path, precondition)
			}
		}
	}
	for _, r := range rest.Routes() {
		resp := s.send(t, r.Method, r.Path, validBodies[r], admin, "X-CSRF-Token: any")
		if resp.StatusCode != http.StatusOK || resp.Header.Get("ETag") != "" {
			t.Errorf("%s %s without a precondition: got %d %s, ETag %q", r.Method, r.Path, resp.StatusCode, resp.text, resp.Header.Get("ETag"))
		}
	}
}

// stored returns the text of every row that a route can change.
func (s *server) stored(t *testing.T) (text string) {
	t.Helper()
	const all = `select concat_ws('|', (select json_agg(e) from empresas e), (select json_agg(u order by id) from usuarios u),
		(select json_agg(p) from configuracion_pms p), (select json_agg(a) from configuracion_ia a),
		(select json_agg(l) from profile.audit_log l), (select json_agg(a) from profile.attempts a))`
	if err := s.pool.QueryRow(t.Context(), all).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

func TestSignInReturnsAValidToken(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	fresh := testdb.User(t, s.pool, testdb.UserRow{CompanyID: companyID, PasswordChangedAt: time.Now()})
	for email, mustChange := range map[string]bool{adminEmail: true, fresh.Email: false} {
		resp := s.send(t, http.MethodPost, login, `{"email":" `+email+`","password":"`+testdb.Password+`","origen":"web"}`,
			"Authorization: "+credentials(t, "expired"))
		resp.check(t, http.StatusOK, `{"debe_cambiar_password":`)
		var session struct {
			OK         bool   `json:"ok"`
			Token      string `json:"token"`
			MustChange bool   `json:"debe_cambiar_password"`
		}
		if err := json.Unmarshal([]byte(resp.text), &session); err != nil || !session.OK || session.MustChange != mustChange {
			t.Fatalf("%s: got %s", email, resp.text)
		}
		s.send(t, http.MethodGet, "/api/perfil", "", "Authorization: Bearer "+session.Token).
			check(t, http.StatusOK, `{"data":{"email":"`+email+`"`)
	}
}

func TestRejectedSignInDoesNotSayWhichPartIsWrong(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	inactive := testdb.User(t, s.pool, testdb.UserRow{CompanyID: companyID, Inactive: true})
	for _, c := range []struct{ email, password string }{
		{adminEmail, "wrong-password"},
		{"nobody@example.com", testdb.Password},
		{inactive.Email, testdb.Password},
	} {
		s.send(t, http.MethodPost, login, `{"email":"`+c.email+`","password":"`+c.password+`"}`).
			check(t, http.StatusUnauthorized, `{"errors":["El correo electrónico o la contraseña no son correctos."],"ok":false}`)
	}
}

// Any signed-in user can send a sign-in with the e-mail address of another user.
func TestRejectedSignInIsAuditedWithoutTheTokensUser(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	token := "Authorization: " + credentials(t, "operativo")
	for email, want := range map[string]string{"nobody@example.com": "", adminEmail: adminEmail} {
		s.send(t, http.MethodPost, login, `{"email":"`+email+`","password":"wrong-password"}`, token).check(t, http.StatusUnauthorized, "")
		s.send(t, http.MethodPost, "/graphql", `{"query":"mutation { login(input: {email: \"`+email+`\", password: \"wrong-password\"}) { token } }"}`, token).
			check(t, http.StatusOK, `{"data":`)
		var entries int
		var actors string
		err := s.pool.QueryRow(t.Context(), `select count(*), concat(min(actor_email), min(actor_id::text)) from profile.audit_log
			where kind = 'SIGN_IN_REFUSED' and coalesce(actor_email, '') = $1`, want).Scan(&entries, &actors)
		if want != "" {
			want += adminID.String()
		}
		if err != nil || entries != 2 || actors != want {
			t.Errorf("%s: %d entries of %q, %v, want 2 of %q", email, entries, actors, err, want)
		}
	}
}

func TestUnavailableDatabaseIs503WithinFiveSeconds(t *testing.T) {
	t.Parallel()
	s := startServer(t, testdb.Open(t, "postgres://nobody@127.0.0.1:1/none"))
	admin := "Authorization: " + credentials(t, "admin")
	for _, c := range []struct{ method, path, body string }{
		{http.MethodGet, "/api/perfil", ""},
		{http.MethodPut, pms, ""},
		{http.MethodDelete, pms, ""},
		{http.MethodPost, login, `{"email":"a@b.c","password":"x"}`},
	} {
		testtime.Within(t, c.method+" "+c.path, 5*time.Second, func() time.Duration {
			var resp response
			took := testtime.Elapsed(func() { resp = s.send(t, c.method, c.path, c.body, admin) })
			resp.check(t, http.StatusServiceUnavailable, `{"errors":["El servicio no puede acceder`)
			if resp.Header.Get("Retry-After") == "" {
				t.Errorf("%s %s: no Retry-After", c.method, c.path)
			}
			return took
		})
	}
	s.send(t, http.MethodGet, "/api/perfil", "").check(t, http.StatusUnauthorized, "")
	s.send(t, http.MethodGet, "/api/health", "").check(t, http.StatusOK, `{"status":"ok"}`)
}
