package rest_test

import (
	"net/http"
	"testing"

	"github.com/stay-sidekick/profile-server/rest"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

// goodBodies are bodies that the routes accept from the administrator.
var goodBodies = map[rest.Route]string{
	{Method: http.MethodPost, Path: login}:                                     `{"email":"` + adminEmail + `","password":"` + testdb.Password + `"}`,
	{Method: http.MethodPut, Path: "/api/perfil/password"}:                     `{"password_actual":"` + testdb.Password + `","password_nueva":"Battery-Staple-2"}`,
	{Method: http.MethodPut, Path: pms}:                                        `{"proveedor":"smoobu","api_key":"k"}`,
	{Method: http.MethodPut, Path: "/api/perfil/integraciones/ia"}:             `{"proveedor":"openai","api_key":"k"}`,
	{Method: http.MethodPut, Path: "/api/perfil/xlsx-apartamentos"}:            `{"col_id_externo":1,"col_nombre":2}`,
	{Method: http.MethodPut, Path: "/api/perfil/notificaciones-tardio-config"}: `{"hora_corte":"21:30"}`,
}

var conditions = []string{"If-Match: *", `If-Match: "x"`, "If-Match: ", "If-None-Match: *", `If-None-Match: "x"`}

// sendIf sends a request with a condition; an empty one is none.
func (s *server) sendIf(t *testing.T, r rest.Route, authorization, condition string) reply {
	t.Helper()
	header := []string{authorization}
	if condition != "" {
		header = append(header, condition)
	}
	return s.send(t, r.Method, r.Path, goodBodies[r], header...)
}

func TestAChangeWithAConditionIsRefusedAndAReadIgnoresIt(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	admin := "Authorization: " + credentials(t, "admin") // one for all: it changes the password, and stays valid
	for _, r := range rest.Routes() {
		for _, condition := range conditions {
			if r.Method != http.MethodGet {
				before := s.stored(t)
				answer := s.sendIf(t, r, admin, condition)
				checkEnvelope(t, r.Method, answer)
				answer.expect(t, http.StatusPreconditionFailed, `{"errors":["Esta operación no se puede hacer bajo esa condición`)
				if s.stored(t) != before {
					t.Errorf("%s %s with %s changed what is stored", r.Method, r.Path, condition)
				}
				continue
			}
			s.sendIf(t, r, admin, condition).expect(t, http.StatusOK, s.sendIf(t, r, admin, "").text)
		}
	}
	for _, r := range rest.Routes() {
		answer := s.sendIf(t, r, admin, "")
		if answer.StatusCode != http.StatusOK || answer.Header.Get("ETag") != "" {
			t.Errorf("%s %s without a condition: got %d %s, ETag %q", r.Method, r.Path, answer.StatusCode, answer.text, answer.Header.Get("ETag"))
		}
	}
}

// stored is the text of every row that a route can change.
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

func TestAConditionIsRefusedAfterEverythingElse(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	for principal, statuses := range map[string]map[string]int{
		"none":      {`{`: http.StatusUnauthorized},
		"operativo": {`{`: http.StatusForbidden},
		"admin":     {`{`: http.StatusBadRequest, `{"x":1}`: http.StatusUnprocessableEntity},
	} {
		for body, status := range statuses {
			s.send(t, http.MethodPut, pms, body, "Authorization: "+credentials(t, principal), `If-Match: "x"`).
				expect(t, status, `{"errors":[`)
		}
	}
}
