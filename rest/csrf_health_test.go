package rest_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestCSRFTokenIsNewAndInACookie(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	seen := make(map[string]bool)
	for _, proto := range []string{"http", "https"} {
		resp := s.send(t, http.MethodGet, "/api/csrf-token", "", "X-Forwarded-Proto: "+proto)
		checkEnvelope(t, http.MethodGet, resp)
		var body struct {
			Token string `json:"csrf_token"`
		}
		if err := json.Unmarshal([]byte(resp.text), &body); err != nil || len(body.Token) < 20 || seen[body.Token] {
			t.Fatalf("got %s", resp.text)
		}
		seen[body.Token] = true
		cookies := resp.Cookies()
		if len(cookies) != 1 || cookies[0].Value != body.Token || !cookies[0].HttpOnly ||
			cookies[0].SameSite != http.SameSiteLaxMode || cookies[0].Secure != (proto == "https") {
			t.Errorf("over %s: got %v", proto, cookies)
		}
	}
}
