package account_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

// The user must be able to use the temporary password at once, with an address in
// capitals too.
func TestResetRevokesEveryTokenAndClearsTheRateLimitsOfTheAccount(t *testing.T) {
	t.Parallel()
	f := setup(t)
	at := time.Now().Truncate(time.Second)
	f.now = func() time.Time { return at }
	f.user = testdb.User(t, f.pool, testdb.UserRow{CompanyID: f.user.CompanyID, Email: "Admin@Example.com", PasswordChangedAt: at.Add(-time.Hour)})
	const unknown = "nobody@example.com"
	before := f.mustSignIn(t, testdb.Password) // in the second of the reset
	for range 5 {
		wantUserError(t, f.signIn(t.Context(), wrong), apperr.InvalidCredentials)
		wantUserError(t, f.changePassword(t.Context(), wrong), apperr.WrongPassword)
		f.wantInvalidCredentials(t, unknown, wrong)
	}
	start := time.Now()
	temporary := f.mustReset(t)
	at = at.Add(time.Since(start))
	f.wantTokens(t, false, before)
	f.wantTokens(t, true, f.mustSignIn(t, temporary))
	f.wantInvalidCredentials(t, f.user.Email, testdb.Password)
	if err := f.changePassword(t.Context(), temporary); err != nil {
		t.Errorf("change the password: %v", err)
	}
	_, err := f.SignIn(t.Context(), unknown, wrong, here)
	wantCode(t, err, apperr.RateLimited)
}

// The clock advances by 1.5 s per call, so the transaction takes too long.
func TestSlowResetFails(t *testing.T) {
	t.Parallel()
	f := setup(t)
	at := f.now().Truncate(time.Second)
	f.now = func() time.Time { at = at.Add(1500 * time.Millisecond); return at }
	if _, password, err := f.ResetPassword(t.Context(), f.user.Email); !errors.Is(err, account.ErrSlowReset) || password != "" {
		t.Errorf("got %q, %v", password, err)
	}
}

func TestCancelledResetReturnsThePasswordAfterCommit(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f.afterStatement = func(statement string) {
		if statement == "commit" {
			cancel()
		}
	}
	_, temporary, err := f.ResetPassword(ctx, f.user.Email)
	if err != nil || ctx.Err() == nil {
		t.Fatalf("%v, context: %v", err, ctx.Err())
	}
	f.mustSignIn(t, temporary)
}

// The change or reset starts after the sign-in has read the user, and waits for its
// lock.
func TestTokenOfASignInIsRevokedByAConcurrentChangeOrReset(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(f fixture) error{
		"change": func(f fixture) error { return f.changePassword(context.Background(), testdb.Password) },
		"reset":  func(f fixture) error { _, _, err := f.ResetPassword(context.Background(), f.user.Email); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			var clock atomic.Int64
			clock.Store(time.Now().Unix())
			f.now = func() time.Time { return time.Unix(clock.Load(), 0) }
			done := make(chan error, 1)
			var once sync.Once
			f.afterStatement = func(statement string) {
				if statement != "-- name: UserForSignIn :one" {
					return
				}
				once.Do(func() {
					go func() { done <- do(f) }()
					f.awaitLock(t, done)
					clock.Add(2)
				})
			}
			session := f.mustSignIn(t, testdb.Password)
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			f.wantTokens(t, false, session)
		})
	}
}

// awaitLock returns when a statement waits for a lock, or done has a result.
func (f fixture) awaitLock(t *testing.T, done chan error) {
	t.Helper()
	const waits = "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')"
	for len(done) == 0 && !testdb.Value[bool](t, f.pool, waits) {
		time.Sleep(time.Millisecond)
	}
}

// When another clock is ahead, the token of an earlier sign-in can have a time of
// issue after the reset.
func TestResetRevokesTokensIssuedInTheFuture(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.setPasswordChangedAt(t, 30*time.Second)
	old := f.mustSignIn(t, testdb.Password)
	password := f.mustReset(t)
	f.wantTokens(t, false, old)
	f.wantTokens(t, true, f.mustSignIn(t, password))
}
