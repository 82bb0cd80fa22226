package rest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestAccessIsCheckedBeforeTheBodyAndThePreconditionLast(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	for body, adminStatus := range map[string]int{
		"":                             http.StatusBadRequest,
		"{":                            http.StatusBadRequest,
		"[1]":                          http.StatusUnprocessableEntity,
		`{"x":1}`:                      http.StatusUnprocessableEntity,
		strings.Repeat("x", 64<<10+1):  http.StatusRequestEntityTooLarge,
		`{"proveedor":1,"api_key":""}`: http.StatusUnprocessableEntity,
	} {
		for principal, status := range map[string]int{
			"none":       http.StatusUnauthorized,
			"expired":    http.StatusUnauthorized,
			"alg_none":   http.StatusUnauthorized,
			"hs512":      http.StatusUnauthorized,
			"not_bearer": http.StatusUnauthorized,
			"operativo":  http.StatusForbidden,
			"admin":      adminStatus,
		} {
			for _, header := range []string{"Accept: */*", `If-Match: "x"`} {
				resp := s.send(t, http.MethodPut, pms, body, header, "Content-Type: application/json", "Authorization: "+credentials(t, principal))
				if resp.StatusCode != status {
					t.Errorf("%s with %.20q and %s: got %d, want %d", principal, body, header, resp.StatusCode, status)
				}
			}
		}
	}
	s.send(t, http.MethodPost, login, "{").check(t, http.StatusBadRequest, "") // a public route
}

func TestServerRequestsTheBodyOnlyFromAPermittedCaller(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	for principal, want := range map[string]int{
		"none": http.StatusUnauthorized, "operativo": http.StatusForbidden, "admin": http.StatusContinue,
	} {
		if resp := s.sendRaw(t, principal, "Content-Length: 40\r\nExpect: 100-continue\r\n\r\n"); resp.StatusCode != want {
			t.Errorf("%s: got %s, want %d", principal, resp.Status, want)
		}
	}
}

func TestStoredUserDeterminesTheCompany(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	resp := s.send(t, http.MethodGet, "/api/perfil", "", "Authorization: "+credentials(t, "admin_foreign_company"))
	if resp.StatusCode != http.StatusOK || !strings.Contains(resp.text, companyID.String()) {
		t.Errorf("got %d %s", resp.StatusCode, resp.text)
	}
}

func TestTruncatedBodyIsRejected(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	before := s.stored(t)
	resp := s.sendRaw(t, "admin", "Content-Length: 400\r\n\r\n"+`{"proveedor":"smoobu","api_key":"k"}`)
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(text), "completos") {
		t.Errorf("got %d %s", resp.StatusCode, text)
	}
	if s.stored(t) != before {
		t.Error("a truncated body changed a row")
	}
}

func TestBodyOver64KiBIsRejected(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	for size, status := range map[int]int{
		64 << 10:   http.StatusUnprocessableEntity, // the API key is too long, the body is not
		64<<10 + 1: http.StatusRequestEntityTooLarge,
	} {
		const start, end = `{"proveedor":"smoobu","api_key":"`, `"}`
		body := start + strings.Repeat("k", size-len(start)-len(end)) + end
		for name, reader := range map[string]io.Reader{
			"with Content-Length": strings.NewReader(body),
			"in chunks":           struct{ io.Reader }{strings.NewReader(body)},
		} {
			header := http.Header{"Content-Type": {"application/json"}, "Authorization": {credentials(t, "admin")}}
			if resp := s.do(t, http.MethodPut, pms, reader, header); resp.StatusCode != status {
				t.Errorf("%d bytes %s: got %d, want %d", size, name, resp.StatusCode, status)
			}
		}
	}
}
