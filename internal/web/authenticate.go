package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/stay-sidekick/profile-server/internal/auth"
)

// authenticate adds the caller to the context: the principal, or the reason why
// there is none. It never rejects a request: public fields must work with a
// stale token.
func authenticate(resolve func(ctx context.Context, token string) (*auth.Principal, error)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx := auth.WithCaller(r.Context(), func() (*auth.Principal, error) {
				token := bearerToken(r)
				if token == "" {
					return nil, auth.ErrMissingToken
				}
				return resolve(r.Context(), token)
			})
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}

// bearerToken returns the token of the Authorization header, or "" when the
// header is missing or has another scheme.
func bearerToken(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
