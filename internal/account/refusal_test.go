package account

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

func TestOnlyUncheckedPasswordsDelayTheRefusal(t *testing.T) {
	for _, c := range []struct {
		err  error
		want time.Duration
	}{
		{apperr.New(apperr.Overloaded, apperr.Busy), time.Hour},
		{apperr.New(apperr.RateLimited, apperr.TooManyAttempts), time.Hour},
		{errCredentials, 0},
		{errWrongPassword, 0},
		{errors.New("internal error"), 0},
		{nil, 0},
	} {
		if got := measureDelay(t, c.err, false); got != c.want {
			t.Errorf("%v is delayed by %v, want %v", c.err, got, c.want)
		}
	}
}

func TestDelayEndsWhenTheClientDisconnects(t *testing.T) {
	if got := measureDelay(t, apperr.New(apperr.Overloaded, apperr.Busy), true); got != 0 {
		t.Errorf("waited %v", got)
	}
}

// measureDelay returns the delay of an error, with a configured delay of an hour.
func measureDelay(t *testing.T, err error, disconnected bool) (waited time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if disconnected {
			cancel()
		}
		start := time.Now()
		(&Service{refusalDelay: time.Hour}).delayRefusal(ctx, err)
		waited = time.Since(start)
	})
	return waited
}
