package rest

import (
	"crypto/rand"
	"net/http"
)

// csrfToken answers a random token that nothing here asks for: a bearer token is
// no cookie, so that no other page can send it. The legacy pages fetch it before
// their first change and would stop without it.
func csrfToken(w http.ResponseWriter, r *http.Request) {
	token := rand.Text()
	http.SetCookie(w, &http.Cookie{
		Name:     "csrf_token",
		Value:    token,
		Path:     "/",
		HttpOnly: true,
		Secure:   r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
		SameSite: http.SameSiteLaxMode,
	})
	writeSuccess(w, object{"csrf_token": token})
}
