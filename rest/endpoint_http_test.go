package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestAccessIsCheckedBeforeTheBodyAndThePreconditionLast(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	const start, end = `{"proveedor":"smoobu","api_key":"`, `"}`
	largest := start + strings.Repeat("k", 64<<10-len(start)-len(end)) + end
	for body, adminStatus := range map[string]int{
		"":                             http.StatusBadRequest,
		"{":                            http.StatusBadRequest,
		"[1]":                          http.StatusUnprocessableEntity,
		`{"proveedor":1,"api_key":""}`: http.StatusUnprocessableEntity,
		largest:                        http.StatusUnprocessableEntity, // the API key is too long, the body is not
		largest + " ":                  http.StatusRequestEntityTooLarge,
	} {
		for principal, status := range map[string]int{"none": http.StatusUnauthorized, "operativo": http.StatusForbidden, "admin": adminStatus} {
			for _, header := range []string{"Accept: */*", `If-Match: "x"`} {
				resp := s.Send(t, "", http.MethodPut, pms, body, append(credentials(t, principal), header, "Content-Type: application/json")...)
				if resp.Status != status {
					t.Errorf("%s with %.20q and %s: got %d, want %d", principal, body, header, resp.Status, status)
				}
			}
		}
	}
}
