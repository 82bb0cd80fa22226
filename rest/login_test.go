package rest_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

const login = "/api/auth/login"

func TestASignInGivesATokenThatWorks(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	fresh := testdb.User(t, s.pool, testdb.UserRow{CompanyID: companyID, PasswordChangedAt: time.Now()})
	for email, mustChange := range map[string]bool{adminEmail: true, fresh.Email: false} {
		answer := s.send(t, http.MethodPost, login, `{"email":" `+email+`","password":"`+testdb.Password+`","origen":"web"}`,
			"Authorization: "+credentials(t, "expired"))
		answer.expect(t, http.StatusOK, `{"debe_cambiar_password":`)
		var session struct {
			OK         bool   `json:"ok"`
			Token      string `json:"token"`
			MustChange bool   `json:"debe_cambiar_password"`
		}
		if err := json.Unmarshal([]byte(answer.text), &session); err != nil || !session.OK || session.MustChange != mustChange {
			t.Fatalf("%s: got %s", email, answer.text)
		}
		s.send(t, http.MethodGet, "/api/perfil", "", "Authorization: Bearer "+session.Token).
			expect(t, http.StatusOK, `{"data":{"email":"`+email+`"`)
	}
}

func TestARefusedSignInDoesNotSayWhichPartWasWrong(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	inactive := testdb.User(t, s.pool, testdb.UserRow{CompanyID: companyID, Inactive: true})
	for _, c := range []struct{ email, password string }{
		{adminEmail, "wrong-password"},
		{"nobody@example.com", testdb.Password},
		{inactive.Email, testdb.Password},
	} {
		answer := s.send(t, http.MethodPost, login, `{"email":"`+c.email+`","password":"`+c.password+`"}`)
		answer.expect(t, http.StatusUnauthorized, `{"errors":["El correo electrónico o la contraseña no son correctos."],"ok":false}`)
	}
}

// Whoever has a token may try to sign in as anybody.
func TestTheTokenOfASignInNamesNobodyInTheAuditLog(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	token := "Authorization: " + credentials(t, "operativo")
	for email, want := range map[string]string{"nobody@example.com": "", adminEmail: adminEmail} {
		s.send(t, http.MethodPost, login, `{"email":"`+email+`","password":"wrong-password"}`, token).expect(t, http.StatusUnauthorized, "")
		s.send(t, http.MethodPost, "/graphql", `{"query":"mutation { login(input: {email: \"`+email+`\", password: \"wrong-password\"}) { token } }"}`, token).
			expect(t, http.StatusOK, `{"data":`)
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

func TestASignInChecksItsBody(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	for body, want := range map[string]int{
		"":                                   http.StatusBadRequest,
		"{}":                                 http.StatusBadRequest,
		"{":                                  http.StatusBadRequest,
		"[1]":                                http.StatusUnprocessableEntity,
		`{"origen":"web"}`:                   http.StatusUnprocessableEntity,
		`{"email":"a@b.c","password":""}`:    http.StatusUnprocessableEntity,
		`{"email":"a@b.c","password":1}`:     http.StatusUnprocessableEntity,
		`{"email":"nobody","password":"xx"}`: http.StatusUnprocessableEntity,
	} {
		answer := s.send(t, http.MethodPost, login, body)
		if answer.StatusCode != want {
			t.Errorf("%s: got %d, want %d", body, answer.StatusCode, want)
		}
		checkEnvelope(t, http.MethodPost, answer)
	}
	s.send(t, http.MethodPost, login, `{"x":1}`).
		expect(t, http.StatusUnprocessableEntity, `{"errors":["email: es obligatorio.","password: es obligatorio."],"ok":false}`)
}

func TestWithoutADatabaseTheAnswerIs503(t *testing.T) {
	t.Parallel()
	s := serve(t, testdb.Open(t, "postgres://nobody@127.0.0.1:1/none"))
	admin := "Authorization: " + credentials(t, "admin")
	for _, c := range []struct{ method, path, body string }{
		{http.MethodGet, "/api/perfil", ""},
		{http.MethodPut, pms, ""},
		{http.MethodDelete, pms, ""},
		{http.MethodPost, login, `{"email":"a@b.c","password":"x"}`},
	} {
		testtime.Within(t, c.method+" "+c.path, 5*time.Second, func() time.Duration {
			var answer reply
			took := testtime.Elapsed(func() { answer = s.send(t, c.method, c.path, c.body, admin) })
			answer.expect(t, http.StatusServiceUnavailable, `{"errors":["El servicio no está disponible`)
			if answer.Header.Get("Retry-After") == "" {
				t.Errorf("%s %s does not say when to come back", c.method, c.path)
			}
			return took
		})
	}
	s.send(t, http.MethodGet, "/api/perfil", "").expect(t, http.StatusUnauthorized, "")
	s.send(t, http.MethodGet, "/api/health", "").expect(t, http.StatusOK, "")
}
