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
	last := ""
	for _, proto := range []string{"http", "https"} {
		resp := s.Send(t, "", http.MethodGet, "/api/csrf-token", "", "X-Forwarded-Proto: "+proto)
		checkEnvelope(t, http.MethodGet, resp)
		var body struct {
			Token string `json:"csrf_token"`
		}
		if err := json.Unmarshal([]byte(resp.Body), &body); err != nil || len(body.Token) < 20 || body.Token == last {
			t.Fatalf("got %s", resp.Body)
		}
		last = body.Token
		cookie, err := http.ParseSetCookie(resp.Header.Get("Set-Cookie"))
		if err != nil || cookie.Value != body.Token || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Secure != (proto == "https") {
			t.Errorf("over %s: got %v, %v", proto, cookie, err)
		}
	}
}
