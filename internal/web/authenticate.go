package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/problem"
)

// Authenticator finds out who holds a token; account.Service does.
type Authenticator interface {
	Authenticate(ctx context.Context, token string) (*auth.Principal, error)
}

// authenticate puts the principal into the context, or why there is none. It
// never answers itself: public fields must work with a stale token.
func authenticate(a Authenticator, log *slog.Logger) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx := identify(r.Context(), a, bearerToken(r), log)
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}

func identify(ctx context.Context, a Authenticator, token string, log *slog.Logger) context.Context {
	if token == "" {
		return auth.WithFailure(ctx, auth.TokenProblem(auth.ErrMissingToken))
	}
	principal, err := a.Authenticate(ctx, token)
	if err == nil {
		return account.WithRefusals(auth.WithPrincipal(ctx, principal))
	}
	if errors.Is(err, auth.ErrInvalidToken) {
		return auth.WithFailure(ctx, auth.TokenProblem(err))
	}
	failure, ok := errors.AsType[*problem.Error](err)
	if !ok {
		if ctx.Err() == nil { // else the client is gone, which is no fault
			log.ErrorContext(ctx, "cannot read who makes the request", "error", err)
		}
		failure = problem.Wrap(problem.Unavailable, "Who you are cannot be checked at the moment. Try again shortly.", err)
	}
	return auth.WithFailure(ctx, failure)
}

// bearerToken returns the token of the Authorization header, empty when there
// is none. Another scheme is no token.
func bearerToken(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
