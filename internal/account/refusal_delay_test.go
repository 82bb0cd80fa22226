package account

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

func TestOnlyWhoMayNotTryAPasswordWaitsForTheRefusal(t *testing.T) {
	for _, c := range []struct {
		err  error
		want time.Duration
	}{
		{apperr.New(apperr.Overloaded, apperr.Busy), time.Hour},
		{apperr.New(apperr.RateLimited, apperr.TooManyAttempts), time.Hour},
		{errCredentials, 0}, // took its time
		{errWrongPassword, 0},
		{errors.New("the database is away"), 0},
		{nil, 0},
	} {
		if got := refusalDelay(t, c.err, false); got != c.want {
			t.Errorf("%v waits %v, want %v", c.err, got, c.want)
		}
	}
}

func TestNobodyIsHeldBackWhoIsGone(t *testing.T) {
	if got := refusalDelay(t, apperr.New(apperr.Overloaded, apperr.Busy), true); got != 0 {
		t.Errorf("waited %v", got)
	}
}

// refusalDelay is how long a service that delays by an hour does so.
func refusalDelay(t *testing.T, err error, gone bool) (waited time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, hangUp := context.WithCancel(t.Context())
		defer hangUp()
		if gone {
			hangUp()
		}
		start := time.Now()
		(&Service{refusalDelay: time.Hour}).delayRefusal(ctx, err)
		waited = time.Since(start)
	})
	return waited
}
