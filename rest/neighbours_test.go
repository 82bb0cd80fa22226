package rest_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/testdb"
)

func TestHealthNeedsNobody(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	s.send(t, http.MethodGet, "/api/health", "").expect(t, http.StatusOK, `{"status":"ok"}`)
}

func TestEachCSRFTokenIsNewAndAlsoACookie(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	seen := make(map[string]bool)
	for _, proto := range []string{"http", "https"} {
		answer := s.send(t, http.MethodGet, "/api/csrf-token", "", "X-Forwarded-Proto: "+proto)
		var body struct {
			OK    bool   `json:"ok"`
			Token string `json:"csrf_token"`
		}
		if err := json.Unmarshal([]byte(answer.text), &body); err != nil || !body.OK || len(body.Token) < 20 || seen[body.Token] {
			t.Fatalf("got %s", answer.text)
		}
		seen[body.Token] = true
		cookies := answer.Cookies()
		if len(cookies) != 1 || cookies[0].Value != body.Token || !cookies[0].HttpOnly ||
			cookies[0].SameSite != http.SameSiteLaxMode || cookies[0].Secure != (proto == "https") {
			t.Errorf("behind %s: got %v", proto, cookies)
		}
		if got := answer.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("Cache-Control: %s", got)
		}
	}
}
