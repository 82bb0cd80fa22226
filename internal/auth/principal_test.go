package auth_test

import (
	"context"
	"errors"
	"fmt"
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
	if got, err := auth.RequirePrincipal(ctx); err != nil || got != want || calls != 1 {
		t.Errorf("RequirePrincipal = %v, %v, resolved %d times", got, err, calls)
	}
}

func TestRequirePrincipalReturnsTheReason(t *testing.T) {
	failing := func(err error) context.Context {
		return auth.WithCaller(t.Context(), func() (*auth.Principal, error) { return nil, err })
	}
	rejected := func(err error) context.Context { return failing(auth.TokenError(err)) }
	withCaller := auth.WithCaller(t.Context(), func() (*auth.Principal, error) { return new(auth.Principal), nil })
	unavailable := apperr.New(apperr.Unavailable, apperr.DatabaseUnavailable)
	for name, c := range map[string]struct {
		ctx     context.Context
		code    apperr.Code
		cause   error
		expired bool
	}{
		"no caller":       {t.Context(), apperr.Unauthenticated, auth.ErrMissingToken, false},
		"without caller":  {auth.WithoutCaller(withCaller), apperr.Unauthenticated, auth.ErrMissingToken, false},
		"no token":        {rejected(auth.ErrMissingToken), apperr.Unauthenticated, auth.ErrMissingToken, false},
		"expired":         {rejected(fmt.Errorf("wrapped: %w", auth.ErrExpiredToken)), apperr.Unauthenticated, auth.ErrExpiredToken, true},
		"not valid":       {rejected(auth.ErrInvalidToken), apperr.Unauthenticated, auth.ErrInvalidToken, false},
		"unknown":         {rejected(errors.New("detail")), apperr.Unauthenticated, auth.ErrInvalidToken, false},
		"a database away": {failing(unavailable), apperr.Unavailable, unavailable, false},
	} {
		if p, ok := auth.PrincipalFrom(c.ctx); ok || p != nil {
			t.Errorf("%s: PrincipalFrom = %v, %v", name, p, ok)
		}
		p, err := auth.RequirePrincipal(c.ctx)
		if p != nil || apperr.CodeOf(err) != c.code || !errors.Is(err, c.cause) || errors.Is(err, auth.ErrExpiredToken) != c.expired {
			t.Errorf("%s: RequirePrincipal = %v, %v", name, p, err)
		}
	}
}
