package auth_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/auth"
)

func TestCallerIsResolvedOnceOnFirstUse(t *testing.T) {
	want, calls := &auth.Principal{Email: "contrato-admin@example.com"}, 0
	ctx := auth.WithCaller(t.Context(), func() (*auth.Principal, error) { calls++; return want, nil })
	if calls != 0 {
		t.Error("resolved before the first use")
	}
	for range 2 {
		if got, err := auth.RequirePrincipal(ctx); err != nil || got != want || calls != 1 {
			t.Errorf("got %v, %v, resolved %d times", got, err, calls)
		}
	}
	away := errors.New("database away")
	for ctx, want := range map[context.Context]error{
		t.Context():             auth.ErrMissingToken,
		auth.WithoutCaller(ctx): auth.ErrMissingToken,
		auth.WithCaller(ctx, func() (*auth.Principal, error) { return nil, away }): away,
	} {
		if got, err := auth.RequirePrincipal(ctx); got != nil || err != want {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
	}
}
