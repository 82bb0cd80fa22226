package account

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stay-sidekick/profile-server/internal/problem"
)

func TestOnlyWhoMayNotTryAPasswordIsHeldBack(t *testing.T) {
	for _, c := range []struct {
		err  error
		want time.Duration
	}{
		{problem.New(problem.Overloaded, "busy"), time.Hour},
		{problem.New(problem.RateLimited, "wait"), time.Hour},
		{errCredentials, 0}, // took its time
		{errWrongPassword, 0},
		{errors.New("the database is away"), 0},
		{nil, 0},
	} {
		if got := heldBack(t, c.err, false); got != c.want {
			t.Errorf("%v is held back for %v, want %v", c.err, got, c.want)
		}
	}
}

func TestNobodyIsHeldBackWhoIsGone(t *testing.T) {
	if got := heldBack(t, problem.New(problem.Overloaded, "busy"), true); got != 0 {
		t.Errorf("held back for %v", got)
	}
}

// heldBack is how long a service that holds back for an hour does it.
func heldBack(t *testing.T, err error, gone bool) (waited time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, hangUp := context.WithCancel(t.Context())
		defer hangUp()
		if gone {
			hangUp()
		}
		start := time.Now()
		(&Service{heldBack: time.Hour}).holdBack(ctx, err)
		waited = time.Since(start)
	})
	return waited
}
