package account_test

import (
	"context"
	"errors"
	"net/netip"
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
	here := netip.MustParseAddr("192.0.2.1")
	company := testdb.Company(t, f.pool, testdb.CompanyRow{})
	user := testdb.User(t, f.pool, testdb.UserRow{CompanyID: company.ID, PasswordChangedAt: at.Add(-time.Hour)})
	other := testdb.User(t, f.pool, testdb.UserRow{CompanyID: company.ID})

	signIn := func(email, password string) string {
		t.Helper()
		session, err := f.SignIn(t.Context(), email, password, here)
		if err != nil {
			t.Fatal(err)
		}
		return session.Token
	}
	before, others := signIn(user.Email, testdb.Password), signIn(other.Email, testdb.Password) // in the very second of the reset
	began := time.Now()
	temporary, err := f.ResetPassword(t.Context(), user.Email)
	if err != nil {
		t.Fatal(err)
	}
	at = at.Add(time.Since(began))
	if _, err := f.Authenticate(t.Context(), before); !errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("the session goes on: %v", err)
	}
	if _, err := f.Authenticate(t.Context(), others); err != nil {
		t.Errorf("another user's session ended: %v", err)
	}
	refused(t, f, "the old password", user.Email, testdb.Password)
	principal, err := f.Authenticate(t.Context(), signIn(user.Email, temporary))
	if err != nil || !auth.MustChangePassword(principal.PasswordChangedAt, at) {
		t.Errorf("%+v, %v", principal, err)
	}
}

// What was true at one moment need not be a second later.
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
	if password, err := f.ResetPassword(t.Context(), user.Email); !errors.Is(err, account.ErrSlowReset) || password != "" {
		t.Errorf("got %q, %v", password, err)
	}
}

// Its owner gets the new password from the operator, and shall be able to use it.
func TestResetClearsTheRateLimitsOfTheAccount(t *testing.T) {
	t.Parallel()
	p := setupPerson(t)
	stranger := "nobody@example.com"
	for range 5 {
		wantRefusal(t, p.signIn(t.Context(), wrong), apperr.InvalidCredentials)
		wantRefusal(t, p.changePassword(t.Context(), wrong), apperr.WrongPassword)
		refused(t, p.fixture, stranger, stranger, wrong)
	}
	temporary, err := p.ResetPassword(t.Context(), p.user.Email)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.signIn(t.Context(), temporary); err != nil {
		t.Errorf("sign in: %v", err)
	}
	if err := p.changePassword(t.Context(), temporary); err != nil {
		t.Errorf("change the password: %v", err)
	}
	_, err = p.SignIn(t.Context(), stranger, wrong, here)
	wantProblem(t, err, apperr.RateLimited)
}

func TestCancelledResetReturnsThePasswordAfterCommit(t *testing.T) {
	t.Parallel()
	p := setupPerson(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	*p.answered = func(statement string) {
		if statement == "commit" {
			stop()
		}
	}
	temporary, err := p.ResetPassword(ctx, p.user.Email)
	if err != nil || ctx.Err() == nil {
		t.Fatalf("%v, told to stop: %v", err, ctx.Err())
	}
	if err := p.signIn(t.Context(), temporary); err != nil {
		t.Error(err)
	}
}
