package rest_test

import (
	"bufio"
	"fmt"
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
			"none":      http.StatusUnauthorized,
			"expired":   http.StatusUnauthorized,
			"operativo": http.StatusForbidden,
			"admin":     adminStatus,
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
	for principal, want := range map[string]string{
		"none":      "HTTP/1.1 401 Unauthorized",
		"operativo": "HTTP/1.1 403 Forbidden",
		"admin":     "HTTP/1.1 100 Continue",
	} {
		conn := s.dial(t)
		_, _ = fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nContent-Type: application/json\r\n"+
			"Content-Length: 40\r\nExpect: 100-continue\r\n\r\n", pms, credentials(t, principal))
		if line, _ := bufio.NewReader(conn).ReadString('\n'); strings.TrimSpace(line) != want {
			t.Errorf("%s: got %q, want %q", principal, line, want)
		}
	}
}

// The recorded cases cover the other kinds of tokens.
func TestInvalidTokenIsRejectedAndItsCompanyIsIgnored(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	for principal, status := range map[string]int{
		"expired":               http.StatusUnauthorized,
		"alg_none":              http.StatusUnauthorized,
		"hs512":                 http.StatusUnauthorized,
		"not_bearer":            http.StatusUnauthorized,
		"admin_foreign_company": http.StatusOK,
	} {
		resp := s.send(t, http.MethodGet, "/api/perfil", "", "Authorization: "+credentials(t, principal))
		if resp.StatusCode != status {
			t.Errorf("%s: got %d %s, want %d", principal, resp.StatusCode, resp.text, status)
		}
		if status == http.StatusOK && !strings.Contains(resp.text, companyID.String()) {
			t.Errorf("%s: got %s, want the company of the stored user", principal, resp.text)
		}
	}
}
