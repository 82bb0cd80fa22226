package rest_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

const pms = "/api/perfil/integraciones/pms"

func TestWhoAsksIsSettledBeforeTheBody(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	for body, statusForAdmin := range map[string]int{
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
			"admin":     statusForAdmin,
		} {
			answer := s.send(t, http.MethodPut, pms, body, "Content-Type: application/json", "Authorization: "+credentials(t, principal))
			if answer.StatusCode != status {
				t.Errorf("%s with %.20q: got %d, want %d", principal, body, answer.StatusCode, status)
			}
		}
	}
}

func TestTheBodyOfSomeoneWhoMayNotAskIsNotEvenSent(t *testing.T) {
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

func TestABodyThatEndsTooEarlyIsRefused(t *testing.T) {
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
		expect(t, http.StatusOK, `{"data":{"google":{"configurado":false},"ia":{"configurado":false,"modelo":null,"proveedor":null},"pms":{"configurado":false,`)
}

func (s *server) dial(t *testing.T) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(testtime.MaxWait))
	return conn.(*net.TCPConn)
}

func TestABodyHasAtMost64KiB(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	for size, status := range map[int]int{
		64 << 10:   http.StatusUnprocessableEntity, // the key is too long, the body is not
		64<<10 + 1: http.StatusRequestEntityTooLarge,
	} {
		const start, end = `{"proveedor":"smoobu","api_key":"`, `"}`
		body := start + strings.Repeat("k", size-len(start)-len(end)) + end
		for name, reader := range map[string]io.Reader{
			"with its length": strings.NewReader(body),
			"in chunks":       struct{ io.Reader }{strings.NewReader(body)},
		} {
			r, _ := http.NewRequestWithContext(t.Context(), http.MethodPut, s.URL+pms, reader)
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", credentials(t, "admin"))
			if answer := s.do(t, r); answer.StatusCode != status {
				t.Errorf("%d bytes %s: got %d, want %d", size, name, answer.StatusCode, status)
			}
		}
	}
}

func TestWhatDoesNotExistIsAnsweredInTheEnvelope(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	for _, c := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{http.MethodGet, "/api", 404, ""},
		{http.MethodGet, "/api/", 404, ""},
		{http.MethodGet, "/api/perfil/", 404, ""},
		{http.MethodGet, "/api/Perfil", 404, ""},
		{http.MethodPut, "/api/perfil/nada", 404, ""},
		{http.MethodPost, "/api/auth/logout", 404, ""},
		{http.MethodPost, "/api/perfil", 405, "GET, HEAD"},
		{http.MethodGet, "/api/auth/login", 405, "POST"},
		{http.MethodHead, "/api/auth/login", 405, "POST"},
		{http.MethodGet, "/api/perfil/password", 405, "PUT"},
		{http.MethodPatch, pms, 405, "DELETE, PUT"},
		{http.MethodGet, "/api/perfil/integraciones/ia", 405, "DELETE, PUT"},
		{http.MethodDelete, "/api/perfil/xlsx-apartamentos", 405, "GET, HEAD, PUT"},
		{http.MethodOptions, "/api/perfil/notificaciones-tardio-config", 405, "GET, HEAD, PUT"},
		{http.MethodPost, "/api/csrf-token", 405, "GET, HEAD"},
		{http.MethodPost, "/api/health", 405, "GET, HEAD"},
	} {
		answer := s.send(t, c.method, c.path, "")
		if answer.StatusCode != c.status || answer.Header.Get("Allow") != c.allow {
			t.Errorf("%s %s: got %d, Allow %q, want %d, %q", c.method, c.path, answer.StatusCode, answer.Header.Get("Allow"), c.status, c.allow)
		}
		checkEnvelope(t, c.method, answer)
	}
}

func TestHeadAnswersAsGetWithoutABody(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	for _, path := range []string{
		"/api/perfil", "/api/perfil/integraciones", "/api/perfil/xlsx-apartamentos",
		"/api/perfil/notificaciones-tardio-config", "/api/csrf-token", "/api/health",
	} {
		answer := s.send(t, http.MethodHead, path, "", "Authorization: "+credentials(t, "operativo"))
		if answer.StatusCode != http.StatusOK || answer.text != "" {
			t.Errorf("%s: got %d %q", path, answer.StatusCode, answer.text)
		}
	}
	s.send(t, http.MethodHead, "/api/perfil", "").expect(t, http.StatusUnauthorized, "")
}

func TestPrincipalsThatTheRecordedCasesLeaveOut(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	for principal, status := range map[string]int{
		"expired":               http.StatusUnauthorized,
		"alg_none":              http.StatusUnauthorized,
		"hs512":                 http.StatusUnauthorized,
		"not_bearer":            http.StatusUnauthorized,
		"admin_foreign_company": http.StatusOK,
	} {
		answer := s.send(t, http.MethodGet, "/api/perfil", "", "Authorization: "+credentials(t, principal))
		if answer.StatusCode != status {
			t.Errorf("%s: got %d %s, want %d", principal, answer.StatusCode, answer.text, status)
		}
		if status == http.StatusOK && !strings.Contains(answer.text, companyID.String()) {
			t.Errorf("%s sees %s", principal, answer.text)
		}
	}
}
