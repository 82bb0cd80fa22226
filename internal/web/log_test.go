package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestInternalErrorIsLoggedWithTheRequestID(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	token := "Authorization: Bearer " + s.Token(t, s.People(t).Admin)
	if _, err := s.Pool.Exec(t.Context(), "alter table configuracion_pms rename column proveedor to gone"); err != nil {
		t.Fatal(err)
	}
	resp := send(t, http.MethodPost, s.URL+"/graphql", `{"query":"{ me { company { integrations { pms { provider } } } } }"}`, token)
	var body struct {
		Errors []struct{ Extensions struct{ RequestID string } }
	}
	if err := json.Unmarshal([]byte(resp.text), &body); err != nil || len(body.Errors) != 1 {
		t.Fatalf("got %s", resp.text)
	}
	if id := resp.Header.Get("X-Request-Id"); id == "" || body.Errors[0].Extensions.RequestID != id {
		t.Errorf("request %q: got %s", id, resp.text)
	}
	if strings.Contains(resp.text, "proveedor") || strings.Contains(resp.text, "SQLSTATE") {
		t.Errorf("the response contains details of the database: %s", resp.text)
	}
	if entry := logged(t, s.Log, "internal error", resp); !strings.Contains(entry["error"].(string), "42703") {
		t.Errorf("logged %v", entry)
	}
	resp = send(t, http.MethodGet, s.URL+"/api/perfil/integraciones", "", token)
	if resp.StatusCode != http.StatusInternalServerError || !resp.isREST(t) || !strings.Contains(resp.text, resp.Header.Get("X-Request-Id")) {
		t.Errorf("got %d %s", resp.StatusCode, resp.text)
	}
	logged(t, s.Log, "internal error", resp)
}
