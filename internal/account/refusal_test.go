package account

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

func TestOnlyUncheckedPasswordsOfConnectedClientsDelayTheRefusal(t *testing.T) {
	for _, c := range []struct {
		err          error
		disconnected bool
		want         time.Duration
	}{
		{apperr.New(apperr.Overloaded, apperr.Busy), false, time.Hour},
		{apperr.New(apperr.RateLimited, apperr.TooManyAttempts), false, time.Hour},
		{apperr.New(apperr.Overloaded, apperr.Busy), true, 0},
		{errCredentials, false, 0},
		{errWrongPassword, false, 0},
		{errors.New("internal error"), false, 0},
		{nil, false, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if c.disconnected {
				cancel()
			}
			start := time.Now()
			(&Service{config: Config{RefusalDelay: time.Hour}}).delayRefusal(ctx, c.err)
			if got := time.Since(start); got != c.want {
				t.Errorf("%v is delayed by %v, want %v", c.err, got, c.want)
			}
		})
	}
}
