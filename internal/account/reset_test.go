package account_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestResetRevokesEveryTokenAndRequiresANewPassword(t *testing.T) {
	t.Parallel()
	at := time.Now().Truncate(time.Second)
	f := setup(t, func() time.Time { return at })
	company := testdb.Company(t, f.pool, testdb.CompanyRow{})
	user := testdb.User(t, f.pool, testdb.UserRow{CompanyID: company.ID, PasswordChangedAt: at.Add(-time.Hour)})
	other := testdb.User(t, f.pool, testdb.UserRow{CompanyID: company.ID})

	signIn := func(email, password string) *account.Session {
		t.Helper()
		session, err := f.SignIn(t.Context(), email, password, here)
		if err != nil {
			t.Fatal(err)
		}
		return session
	}
	before, others := signIn(user.Email, testdb.Password), signIn(other.Email, testdb.Password) // in the second of the reset
	start := time.Now()
	_, temporary, err := f.ResetPassword(t.Context(), user.Email)
	if err != nil {
		t.Fatal(err)
	}
	at = at.Add(time.Since(start))
	f.wantRevoked(t, before)
	f.wantValid(t, others)
	wantInvalidCredentials(t, f, user.Email, testdb.Password)
	principal, err := f.Authenticate(t.Context(), signIn(user.Email, temporary).Token)
	if err != nil || !auth.MustChangePassword(principal.PasswordChangedAt, at) {
		t.Errorf("%+v, %v", principal, err)
	}
}

// The clock advances by 1.5 s per call, so the transaction takes too long.
func TestSlowResetFails(t *testing.T) {
	t.Parallel()
	at := time.Now().Truncate(time.Second)
	calls := 0
	f := setup(t, func() time.Time {
		calls++
		return at.Add(time.Duration(calls) * 1500 * time.Millisecond)
	})
	company := testdb.Company(t, f.pool, testdb.CompanyRow{})
	user := testdb.User(t, f.pool, testdb.UserRow{CompanyID: company.ID})
	if _, password, err := f.ResetPassword(t.Context(), user.Email); !errors.Is(err, account.ErrSlowReset) || password != "" {
		t.Errorf("got %q, %v", password, err)
	}
}

// The user must be able to use the temporary password at once.
func TestResetClearsTheRateLimitsOfTheAccount(t *testing.T) {
	t.Parallel()
	f := setupUser(t)
	unknown := "nobody@example.com"
	for range 5 {
		wantUserError(t, f.signIn(t.Context(), wrong), apperr.InvalidCredentials)
		wantUserError(t, f.changePassword(t.Context(), wrong), apperr.WrongPassword)
		wantInvalidCredentials(t, f.fixture, unknown, wrong)
	}
	_, temporary, err := f.ResetPassword(t.Context(), f.user.Email)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.signIn(t.Context(), temporary); err != nil {
		t.Errorf("sign in: %v", err)
	}
	if err := f.changePassword(t.Context(), temporary); err != nil {
		t.Errorf("change the password: %v", err)
	}
	_, err = f.SignIn(t.Context(), unknown, wrong, here)
	wantCode(t, err, apperr.RateLimited)
}

func TestCancelledResetReturnsThePasswordAfterCommit(t *testing.T) {
	t.Parallel()
	f := setupUser(t)
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
	if err := f.signIn(t.Context(), temporary); err != nil {
		t.Error(err)
	}
}

// The reset starts after the sign-in has read the user.
func TestResetRevokesTheTokenOfAConcurrentSignIn(t *testing.T) {
	t.Parallel()
	f := setupUser(t)
	reset := make(chan error, 1)
	f.afterStatement = func(statement string) {
		if statement == "-- name: UserForSignIn :one" {
			go func() {
				_, _, err := f.ResetPassword(context.Background(), f.user.Email)
				reset <- err
			}()
		}
	}
	session, err := f.SignIn(t.Context(), f.user.Email, testdb.Password, here)
	if err := errors.Join(err, <-reset); err != nil {
		t.Fatal(err)
	}
	f.wantRevoked(t, session)
}

// When another clock is ahead, the token of an earlier sign-in can have a time of
// issue after the reset.
func TestResetRevokesTokensIssuedInTheFuture(t *testing.T) {
	t.Parallel()
	f := setupUser(t)
	f.setPasswordChangedAt(t, 30*time.Second)
	old := f.mustSignIn(t, testdb.Password)
	_, password, err := f.ResetPassword(context.Background(), f.user.Email)
	if err != nil {
		t.Fatal(err)
	}
	f.wantRevoked(t, old)
	f.wantValid(t, f.mustSignIn(t, password))
}
