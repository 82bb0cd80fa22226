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

func TestTheCallerIsFoundOnceAndWhenAskedFor(t *testing.T) {
	want, found := &auth.Principal{Email: "contrato-admin@example.com"}, 0
	ctx := auth.WithCaller(t.Context(), func() (*auth.Principal, error) { found++; return want, nil })
	if found != 0 {
		t.Error("found before anybody asked")
	}
	if got, ok := auth.PrincipalFrom(ctx); !ok || got != want {
		t.Errorf("PrincipalFrom = %v, %v", got, ok)
	}
	if got, err := auth.RequirePrincipal(ctx); err != nil || got != want {
		t.Errorf("RequirePrincipal = %v, %v", got, err)
	}
	if found != 1 {
		t.Errorf("found %d times", found)
	}
	if p, ok := auth.PrincipalFrom(auth.WithoutCaller(ctx)); ok || p != nil {
		t.Errorf("without a caller there is %v", p)
	}
}

// failing returns the context of a request without a principal.
func failing(t *testing.T, err error) context.Context {
	return auth.WithCaller(t.Context(), func() (*auth.Principal, error) { return nil, err })
}

func TestARequestWithoutAPrincipalTellsWhy(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		word  string
		cause error
	}{
		"missing":   {auth.ErrMissingToken, "no bearer token", auth.ErrMissingToken},
		"expired":   {fmt.Errorf("wrapped: %w", auth.ErrExpiredToken), "expired", auth.ErrExpiredToken},
		"not valid": {auth.ErrInvalidToken, "not valid", auth.ErrInvalidToken},
		"unknown":   {errors.New("secret detail"), "not valid", auth.ErrInvalidToken},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := failing(t, auth.TokenProblem(c.err))
			if p, ok := auth.PrincipalFrom(ctx); ok || p != nil {
				t.Errorf("PrincipalFrom = %v, %v", p, ok)
			}
			p, err := auth.RequirePrincipal(ctx)
			if p != nil || apperr.CodeOf(err) != apperr.Unauthenticated {
				t.Fatalf("RequirePrincipal = %v, %v", p, err)
			}
			if !strings.Contains(err.Error(), c.word) || !errors.Is(err, c.cause) {
				t.Errorf("it says %q", err)
			}
			if c.cause != auth.ErrExpiredToken && errors.Is(err, auth.ErrExpiredToken) {
				t.Error("it counts as expired")
			}
		})
	}
}

func TestAContextWithoutACallerIsOneWithoutAToken(t *testing.T) {
	for name, ctx := range map[string]context.Context{"untouched": t.Context(), "emptied": auth.WithoutCaller(t.Context())} {
		if p, ok := auth.PrincipalFrom(ctx); ok || p != nil {
			t.Errorf("%s: PrincipalFrom = %v, %v", name, p, ok)
		}
		if p, err := auth.RequirePrincipal(ctx); p != nil || !errors.Is(err, auth.ErrMissingToken) {
			t.Errorf("%s: RequirePrincipal = %v, %v", name, p, err)
		}
	}
}

func TestAFailureOfTheDatabaseIsKeptAsItIs(t *testing.T) {
	away := apperr.New(apperr.Unavailable, apperr.DatabaseUnavailable)
	if _, err := auth.RequirePrincipal(failing(t, away)); err != error(away) {
		t.Errorf("RequirePrincipal: %v", err)
	}
}

func TestOnlyTheAdminRoleMakesAnAdmin(t *testing.T) {
	for role, want := range map[auth.Role]bool{"admin": true, "operativo": false, "": false, "ADMIN": false} {
		p := auth.Principal{Role: role, Superadmin: true}
		if p.IsAdmin() != want {
			t.Errorf("role %q: %v", role, p.IsAdmin())
		}
	}
}
