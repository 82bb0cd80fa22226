package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/stay-sidekick/profile-server/internal/auth"
)

// Authenticator resolves a token to its principal. An invalid token is
// auth.ErrInvalidToken. account.Service implements it.
type Authenticator interface {
	Authenticate(ctx context.Context, token string) (*auth.Principal, error)
}

// authenticate adds the caller to the context: the principal, or the reason why
// there is none. It never rejects a request: public fields must work with a
// stale token.
func authenticate(a Authenticator) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx := auth.WithCaller(r.Context(), func() (*auth.Principal, error) {
				return identify(r.Context(), a, bearerToken(r))
			})
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}

func identify(ctx context.Context, a Authenticator, token string) (*auth.Principal, error) {
	if token == "" {
		return nil, auth.TokenError(auth.ErrMissingToken)
	}
	principal, err := a.Authenticate(ctx, token)
	if errors.Is(err, auth.ErrInvalidToken) {
		return nil, auth.TokenError(err)
	}
	return principal, err
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
