package rest_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/rest"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
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
	admin := credentials(t, "admin")
	for _, r := range rest.Routes() {
		for _, precondition := range []string{"If-Match: *", `If-Match: "x"`, "If-Match: ", `If-None-Match: "x"`} {
			before := stored(t, s)
			resp := s.Send(t, "", r.Method, r.Path, validBodies[r], append(admin, precondition)...)
			if r.Method == http.MethodGet {
				check(t, resp, http.StatusOK, s.Send(t, "", r.Method, r.Path, "", admin...).Body)
				continue
			}
			check(t, resp, http.StatusPreconditionFailed, `{"errors":["Esta operación no`)
			if stored(t, s) != before {
				t.Errorf("%s %s with %s changed a row", r.Method, r.Path, precondition)
			}
		}
	}
	for _, r := range rest.Routes() {
		resp := s.Send(t, "", r.Method, r.Path, validBodies[r], admin...)
		if resp.Status != http.StatusOK || resp.Header.Get("ETag") != "" {
			t.Errorf("%s %s without a precondition: got %d %s, ETag %q", r.Method, r.Path, resp.Status, resp.Body, resp.Header.Get("ETag"))
		}
	}
}

// stored returns the text of every row that a route can change.
func stored(t *testing.T, s *testserver.Server) string {
	t.Helper()
	return testdb.CompanyData(t, s.Pool, companyID) + testdb.Value[string](t, s.Pool, "select coalesce(string_agg(a::text, '|'), '') from profile.attempts a")
}

func TestSignInReturnsAValidToken(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	fresh := testdb.User(t, s.Pool, testdb.UserRow{CompanyID: companyID, PasswordChangedAt: time.Now()})
	for email, mustChange := range map[string]bool{adminEmail: true, fresh.Email: false} {
		resp := s.Send(t, "", http.MethodPost, login, `{"email":" `+email+`","password":"`+testdb.Password+`","origen":"web"}`, credentials(t, "garbage")...)
		var session struct {
			OK         bool   `json:"ok"`
			Token      string `json:"token"`
			MustChange bool   `json:"debe_cambiar_password"`
		}
		if err := json.Unmarshal([]byte(resp.Body), &session); err != nil || !session.OK || session.MustChange != mustChange {
			t.Fatalf("%s: got %d %s", email, resp.Status, resp.Body)
		}
		check(t, s.Send(t, session.Token, http.MethodGet, "/api/perfil", ""), http.StatusOK, `{"data":{"email":"`+email+`"`)
	}
}

// Any signed-in user can send a sign-in with the e-mail address of another user.
func TestRejectedPasswordNamesNoFieldAndIsAuditedWithoutTheTokensUser(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	token := credentials(t, "operativo")
	check(t, s.Send(t, "", http.MethodPut, "/api/perfil/password", `{"password_actual":"wrong","password_nueva":"Battery-Staple-2"}`, token...),
		http.StatusUnprocessableEntity, `{"errors":["La contraseña actual`) // without the name of the field
	for email, want := range map[string]string{"nobody@example.com": "", adminEmail: adminEmail + adminID.String()} {
		check(t, s.Send(t, "", http.MethodPost, login, `{"email":"`+email+`","password":"wrong-password"}`, token...), http.StatusUnauthorized,
			`{"errors":["El correo electrónico o la contraseña no son correctos."],"ok":false}`)
		actors := testdb.Values[string](t, s.Pool, `select concat(actor_email, actor_id) from profile.audit_log where kind = 'SIGN_IN_REFUSED' order by id desc limit 1`)
		if !slices.Equal(actors, []string{want}) {
			t.Errorf("%s: audit entries of %q, want %q", email, actors, want)
		}
	}
}
