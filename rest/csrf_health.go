package rest

import (
	"crypto/rand"
	"net/http"
)

// csrfToken responds with a random token, in the body and as a cookie. No route
// checks it: another site cannot send a bearer token. The legacy pages fetch it
// before their first change and fail without it.
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

// health responds with 200 while the server runs, also without a database.
func health(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, object{"status": "ok"})
}
