package rest_test

import (
	"net/http"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/testdb"
)

func TestTheTagOfTheIntegrationsNamesAllThatIsShown(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	tags := map[string]bool{s.tag(t, bothPath): true}
	for _, change := range []string{
		`insert into integraciones_google (id, empresa_id, alcance, refresh_token_cifrado, activo, created_at, updated_at)
			select gen_random_uuid(), id, 'calendar', 'token', true, now(), now() from empresas`,
		`insert into configuracion_pms (id, empresa_id, proveedor, activo, created_at, updated_at)
			select gen_random_uuid(), id, 'smoobu', true, now(), now() from empresas`,
		`update configuracion_pms set proveedor = 'beds24'`,
		`update configuracion_pms set api_key_cifrada = 'token'`,
		`insert into configuracion_ia (id, empresa_id, proveedor, activo, created_at, updated_at)
			select gen_random_uuid(), id, 'openai', true, now(), now() from empresas`,
		`update configuracion_ia set modelo = ''`,
		`update configuracion_ia set modelo = 'm'`,
	} {
		if _, err := s.pool.Exec(t.Context(), change); err != nil {
			t.Fatal(err)
		}
		tag := s.tag(t, bothPath)
		if tags[tag] {
			t.Errorf("%s: the tag is %s again", change, tag)
		}
		tags[tag] = true
	}
}

func TestACallerWhoHasTheStateIsNotSentItAgain(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	for _, c := range conditional {
		tag := s.tag(t, c.get)
		for condition, status := range map[string]int{
			tag:               http.StatusNotModified,
			"W/" + tag:        http.StatusNotModified,
			`"other", ` + tag: http.StatusNotModified,
			"*":               http.StatusNotModified,
			`"other"`:         http.StatusOK,
			"garbage, " + tag: http.StatusOK,
		} {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				answer := s.asAdmin(t, method, c.get, "", "If-None-Match", condition)
				if answer.StatusCode != status || answer.Header.Get("ETag") != tag || answer.Header.Get("Cache-Control") != "no-store" {
					t.Errorf("%s %s, If-None-Match %s: got %d %v", method, c.get, condition, answer.StatusCode, answer.Header)
				}
				if status == http.StatusNotModified && (answer.text != "" || answer.Header.Get("Content-Type") != "") {
					t.Errorf("304 with a body: %v %q", answer.Header, answer.text)
				}
			}
		}
	}
}

func TestAReadIsHeldToIfMatchToo(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	for condition, status := range map[string]int{
		s.tag(t, latePath):        http.StatusOK,
		"*":                       http.StatusOK,
		`"other"`:                 http.StatusPreconditionFailed,
		`W/` + s.tag(t, latePath): http.StatusPreconditionFailed,
	} {
		if got := s.asAdmin(t, http.MethodGet, latePath, "", "If-Match", condition).StatusCode; got != status {
			t.Errorf("If-Match %s: got %d, want %d", condition, got, status)
		}
	}
}
