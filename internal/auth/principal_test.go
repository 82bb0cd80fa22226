package auth_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/problem"
)

func TestTheContextCarriesThePrincipal(t *testing.T) {
	want := &auth.Principal{Email: "contrato-admin@example.com"}
	ctx := auth.WithPrincipal(t.Context(), want)
	if got, ok := auth.PrincipalFrom(ctx); !ok || got != want {
		t.Errorf("PrincipalFrom = %v, %v", got, ok)
	}
	if got, err := auth.RequirePrincipal(ctx); err != nil || got != want {
		t.Errorf("RequirePrincipal = %v, %v", got, err)
	}
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
			ctx := auth.WithFailure(t.Context(), auth.TokenProblem(c.err))
			if p, ok := auth.PrincipalFrom(ctx); ok || p != nil {
				t.Errorf("PrincipalFrom = %v, %v", p, ok)
			}
			p, err := auth.RequirePrincipal(ctx)
			if p != nil || problem.CodeOf(err) != problem.Unauthenticated {
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

func TestAnUntouchedContextIsOneWithoutAToken(t *testing.T) {
	if p, ok := auth.PrincipalFrom(t.Context()); ok || p != nil {
		t.Errorf("PrincipalFrom = %v, %v", p, ok)
	}
	for _, ctx := range []func() (*auth.Principal, error){
		func() (*auth.Principal, error) { return auth.RequirePrincipal(t.Context()) },
		func() (*auth.Principal, error) { return auth.RequirePrincipal(auth.WithFailure(t.Context(), nil)) },
		func() (*auth.Principal, error) { return auth.RequirePrincipal(auth.WithPrincipal(t.Context(), nil)) },
	} {
		if p, err := ctx(); p != nil || !errors.Is(err, auth.ErrMissingToken) {
			t.Errorf("RequirePrincipal = %v, %v", p, err)
		}
	}
}

func TestAFailureOfTheDatabaseIsKeptAsItIs(t *testing.T) {
	away := problem.New(problem.Unavailable, "The database does not answer.")
	if _, err := auth.RequirePrincipal(auth.WithFailure(t.Context(), away)); err != error(away) {
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
