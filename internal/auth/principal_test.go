package auth_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/auth"
)

func TestCallerIsResolvedOnceOnFirstUse(t *testing.T) {
	want, calls := &auth.Principal{Email: "contrato-admin@example.com"}, 0
	ctx := auth.WithCaller(t.Context(), func() (*auth.Principal, error) { calls++; return want, nil })
	if calls != 0 {
		t.Error("resolved before the first use")
	}
	if got, ok := auth.PrincipalFrom(ctx); !ok || got != want {
		t.Errorf("PrincipalFrom = %v, %v", got, ok)
	}
	if got, err := auth.RequirePrincipal(ctx); err != nil || got != want {
		t.Errorf("RequirePrincipal = %v, %v", got, err)
	}
	if calls != 1 {
		t.Errorf("resolved %d times", calls)
	}
}

// failing returns the context of a request whose principal cannot be resolved.
func failing(t *testing.T, err error) context.Context {
	return auth.WithCaller(t.Context(), func() (*auth.Principal, error) { return nil, err })
}

func TestRequirePrincipalReturnsTheTokenError(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		text  string
		cause error
	}{
		"missing":   {auth.ErrMissingToken, "no token", auth.ErrMissingToken},
		"expired":   {fmt.Errorf("wrapped: %w", auth.ErrExpiredToken), "expired", auth.ErrExpiredToken},
		"not valid": {auth.ErrInvalidToken, "not valid", auth.ErrInvalidToken},
		"unknown":   {errors.New("secret detail"), "not valid", auth.ErrInvalidToken},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := failing(t, auth.TokenError(c.err))
			if p, ok := auth.PrincipalFrom(ctx); ok || p != nil {
				t.Errorf("PrincipalFrom = %v, %v", p, ok)
			}
			p, err := auth.RequirePrincipal(ctx)
			if p != nil || apperr.CodeOf(err) != apperr.Unauthenticated {
				t.Fatalf("RequirePrincipal = %v, %v", p, err)
			}
			if !strings.Contains(err.Error(), c.text) || !errors.Is(err, c.cause) {
				t.Errorf("error %q", err)
			}
			if c.cause != auth.ErrExpiredToken && errors.Is(err, auth.ErrExpiredToken) {
				t.Error("also ErrExpiredToken")
			}
		})
	}
}

func TestContextWithoutCallerHasNoToken(t *testing.T) {
	withCaller := auth.WithCaller(t.Context(), func() (*auth.Principal, error) { return new(auth.Principal), nil })
	for name, ctx := range map[string]context.Context{"no WithCaller": t.Context(), "WithoutCaller": auth.WithoutCaller(withCaller)} {
		if p, ok := auth.PrincipalFrom(ctx); ok || p != nil {
			t.Errorf("%s: PrincipalFrom = %v, %v", name, p, ok)
		}
		if p, err := auth.RequirePrincipal(ctx); p != nil || !errors.Is(err, auth.ErrMissingToken) {
			t.Errorf("%s: RequirePrincipal = %v, %v", name, p, err)
		}
	}
}

func TestRequirePrincipalReturnsDatabaseErrorsUnchanged(t *testing.T) {
	unavailable := apperr.New(apperr.Unavailable, apperr.DatabaseUnavailable)
	if _, err := auth.RequirePrincipal(failing(t, unavailable)); err != error(unavailable) {
		t.Errorf("RequirePrincipal: %v", err)
	}
}
