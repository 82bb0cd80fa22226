package rest_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestTruncatedBodyIsRejected(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	conn := s.dial(t)
	_, _ = fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nContent-Type: application/json\r\n"+
		"Content-Length: 400\r\n\r\n{\"proveedor\":\"smoobu\",\"api_key\":\"k\"}", pms, credentials(t, "admin"))
	_ = conn.CloseWrite()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(text), "completos") {
		t.Errorf("got %d %s", resp.StatusCode, text)
	}
	s.send(t, http.MethodGet, "/api/perfil/integraciones", "", "Authorization: "+credentials(t, "admin")).
		check(t, http.StatusOK, `{"data":{"google":{"configurado":false},"ia":{"configurado":false,"modelo":null,"proveedor":null},"pms":{"configurado":false,`)
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
			r, _ := http.NewRequestWithContext(t.Context(), http.MethodPut, s.URL+pms, reader)
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", credentials(t, "admin"))
			if resp := s.do(t, r); resp.StatusCode != status {
				t.Errorf("%d bytes %s: got %d, want %d", size, name, resp.StatusCode, status)
			}
		}
	}
}
