package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/testdb"
)

const (
	columnsPath = "/api/perfil/xlsx-apartamentos"
	latePath    = "/api/perfil/notificaciones-tardio-config"
	bothPath    = "/api/perfil/integraciones"
)

// conditional are the routes that are changed under a condition: where their
// tag is read, and one good change after another.
var conditional = []struct{ put, get, body, other string }{
	{columnsPath, columnsPath, `{"col_id_externo":1,"col_nombre":2}`, `{"col_id_externo":3,"col_nombre":2}`},
	{latePath, latePath, `{"hora_corte":"21:30"}`, `{"hora_corte":"22:30"}`},
	{pms, bothPath, `{"proveedor":"smoobu","api_key":"k"}`, `{"proveedor":"smoobu","api_key":"another"}`},
	{"/api/perfil/integraciones/ia", bothPath, `{"proveedor":"openai","api_key":"k"}`, `{"proveedor":"openai","api_key":"another"}`},
}

// asAdmin sends a request of the administrator; an empty condition is none.
func (s *server) asAdmin(t *testing.T, method, path, body, header, condition string) reply {
	t.Helper()
	lines := []string{"Authorization: " + credentials(t, "admin")}
	if condition != "" {
		lines = append(lines, header+": "+condition)
	}
	return s.send(t, method, path, body, lines...)
}

// tag reads the entity tag of what an address shows.
func (s *server) tag(t *testing.T, path string) string {
	t.Helper()
	answer := s.asAdmin(t, http.MethodGet, path, "", "", "")
	answer.expect(t, http.StatusOK, "{")
	tag := answer.Header.Get("ETag")
	if len(tag) < len(`"0"`) || tag[0] != '"' || tag[len(tag)-1] != '"' {
		t.Fatalf("%s: %q is no strong tag", path, tag)
	}
	if strings.Contains(answer.text, "version") {
		t.Errorf("%s: a legacy caller does not know %s", path, answer.text)
	}
	return tag
}

func TestAChangeIsMadeOnlyForTheStateThatIfMatchNames(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		for _, c := range conditional {
			s := newServer(t, shape)
			put := func(body, condition string) int {
				t.Helper()
				answer := s.asAdmin(t, http.MethodPut, c.put, body, "If-Match", condition)
				checkEnvelope(t, http.MethodPut, answer)
				if tag := answer.Header.Get("ETag"); tag != "" {
					t.Errorf("a PUT answers the tag %s of what it was not sent as", tag)
				}
				return answer.StatusCode
			}
			want := func(got, want int) {
				t.Helper()
				if got != want {
					t.Errorf("%s: got %d, want %d", c.put, got, want)
				}
			}
			empty := s.tag(t, c.get)
			want(put(c.body, empty), http.StatusOK)
			first := s.tag(t, c.get)
			if first == empty {
				t.Errorf("%s: another state has the same tag %s", c.get, first)
			}
			want(put(c.other, empty), http.StatusPreconditionFailed)
			want(put(c.other, "W/"+first), http.StatusPreconditionFailed)
			want(put(c.other, strings.Trim(first, `"`)), http.StatusPreconditionFailed)
			want(put(c.other, `"nonsense"`), http.StatusPreconditionFailed)
			want(put(c.other, `"a-b-c-d"`), http.StatusPreconditionFailed)
			want(put(c.other, `""`), http.StatusPreconditionFailed)
			if got := s.tag(t, c.get); got != first {
				t.Errorf("%s: a refused change changed %s to %s", c.put, first, got)
			}
			want(put(c.other, first), http.StatusOK)
			want(put(c.body, `"x", `+empty+`, W/"y" , `+s.tag(t, c.get)), http.StatusOK)
			want(put(c.other, "*"), http.StatusOK)
			want(put(c.body, ""), http.StatusOK)
		}
	})
}

func TestIfMatchStarMatchesAlsoWhatWasNeverSaved(t *testing.T) {
	t.Parallel()
	for _, c := range conditional {
		newServer(t, testdb.Own).asAdmin(t, http.MethodPut, c.put, c.body, "If-Match", "*").expect(t, http.StatusOK, `{"ok":true}`)
	}
}

func TestOfTwoChangesForTheSameStateOneIsMade(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	for _, c := range conditional {
		tag := s.tag(t, c.get)
		var statuses [2]int
		var both sync.WaitGroup
		for i, body := range []string{c.body, c.other} {
			both.Go(func() { statuses[i] = s.asAdmin(t, http.MethodPut, c.put, body, "If-Match", tag).StatusCode })
		}
		both.Wait()
		if sum := statuses[0] + statuses[1]; sum != http.StatusOK+http.StatusPreconditionFailed {
			t.Errorf("%s: %v", c.put, statuses)
		}
	}
}

func TestIntegrationsThatWereReadTogetherAreSavedOneByOne(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	tag := s.tag(t, bothPath)
	for _, c := range conditional[2:] {
		s.asAdmin(t, http.MethodPut, c.put, c.body, "If-Match", tag).expect(t, http.StatusOK, `{"ok":true}`)
	}
}

// A condition that cannot be looked at in the transaction of the change must
// not be taken as met.
func TestAConditionThatNobodyLooksAtIsNotMet(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	s.asAdmin(t, http.MethodPut, pms, conditional[2].body, "", "").expect(t, http.StatusOK, "")
	for _, c := range []struct{ method, path, body, header, condition string }{
		{http.MethodDelete, pms, "", "If-Match", `"x"`},
		{http.MethodDelete, pms, "", "If-Match", s.tag(t, bothPath)},
		{http.MethodDelete, pms, "", "If-None-Match", `"x"`},
		{http.MethodPut, pms, conditional[2].other, "If-None-Match", "*"},
		{http.MethodPut, "/api/perfil/password", `{"password_actual":"x","password_nueva":"Another-Horse-2"}`, "If-Match", `"x"`},
		{http.MethodPost, login, `{"email":"a@b.c","password":"x"}`, "If-Match", `""`},
	} {
		answer := s.asAdmin(t, c.method, c.path, c.body, c.header, c.condition)
		answer.expect(t, http.StatusPreconditionFailed, `{"errors":["Esta operación no se puede hacer bajo esa condición`)
	}
	s.asAdmin(t, http.MethodGet, bothPath, "", "", "").expect(t, http.StatusOK,
		`{"data":{"google":{"configurado":false},"ia":{"configurado":false,"modelo":null,"proveedor":null},"pms":{"configurado":true,`)
	s.asAdmin(t, http.MethodDelete, pms, "", "If-Match", "*").expect(t, http.StatusOK, `{"ok":true}`)
}

func TestWhatIsWrongWithoutTheConditionIsToldFirst(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	for _, c := range conditional {
		for principal, want := range map[string]map[string]int{
			"none":      {c.body: http.StatusUnauthorized},
			"operativo": {c.body: http.StatusForbidden},
			"admin":     {`{`: http.StatusBadRequest, `{"x":1}`: http.StatusUnprocessableEntity, c.body: http.StatusPreconditionFailed},
		} {
			for body, status := range want {
				answer := s.send(t, http.MethodPut, c.put, body, "Authorization: "+credentials(t, principal), `If-Match: "x"`)
				answer.expect(t, status, `{"errors":[`)
			}
		}
	}
}

func TestTheVariableForTheVersionIsNoFieldOfABody(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	s.asAdmin(t, http.MethodPut, latePath, `{"hora_corte":"21:30","if_match":"0"}`, "", "").
		expect(t, http.StatusUnprocessableEntity, `{"errors":["if_match: este campo no se conoce."]`)
}

func TestOnlySomeTagsOfAListAreTried(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	list := func(others int) string {
		var tags strings.Builder
		for i := range others {
			fmt.Fprintf(&tags, `"other-%d", `, i)
		}
		return tags.String() + s.tag(t, latePath)
	}
	s.asAdmin(t, http.MethodPut, latePath, `{"hora_corte":"21:30"}`, "If-Match", list(10)).expect(t, http.StatusPreconditionFailed, "")
	s.asAdmin(t, http.MethodPut, latePath, `{"hora_corte":"21:30"}`, "If-Match", list(9)).expect(t, http.StatusOK, "")
}
