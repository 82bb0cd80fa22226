package account_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

// The change starts after the sign-in has read the user, and waits for its lock.
func TestPasswordChangeRevokesTheTokenOfAConcurrentSignIn(t *testing.T) {
	t.Parallel()
	var clock atomic.Int64
	clock.Store(time.Now().Unix())
	f := setup(t, func() time.Time { return time.Unix(clock.Load(), 0) })
	user := testdb.User(t, f.pool, testdb.UserRow{CompanyID: testdb.Company(t, f.pool, testdb.CompanyRow{}).ID})
	principal := &auth.Principal{UserID: user.ID, CompanyID: user.CompanyID, Email: user.Email}
	changed := make(chan error, 1)
	var once sync.Once
	f.afterStatement = func(statement string) {
		if statement != "-- name: UserForSignIn :one" {
			return
		}
		once.Do(func() {
			go func() {
				_, err := f.ChangePassword(calledBy(t.Context(), principal), principal, account.PasswordChange{Current: testdb.Password, New: "Battery-Staple-2"}, here)
				changed <- err
			}()
			awaitLock(t, f.pool, changed)
			clock.Add(2)
		})
	}
	session, err := f.SignIn(t.Context(), user.Email, testdb.Password, here)
	if err := errors.Join(err, <-changed); err != nil {
		t.Fatal(err)
	}
	f.wantRevoked(t, session)
}

func TestRapidPasswordChangesAreNotDatedInTheFuture(t *testing.T) {
	t.Parallel()
	f := setup(t, time.Now)
	user := testdb.User(t, f.pool, testdb.UserRow{CompanyID: testdb.Company(t, f.pool, testdb.CompanyRow{}).ID})
	session := &account.Session{User: &auth.Principal{UserID: user.ID, CompanyID: user.CompanyID, Email: user.Email}}
	current := testdb.Password
	for _, next := range []string{"Battery-Staple-2", "Battery-Staple-3", "Battery-Staple-4"} {
		var err error
		session, err = f.ChangePassword(calledBy(t.Context(), session.User), session.User, account.PasswordChange{Current: current, New: next}, here)
		if err != nil {
			t.Fatal(err)
		}
		if session.User.PasswordChangedAt.After(time.Now()) {
			t.Errorf("changed at %v", session.User.PasswordChangedAt)
		}
		current = next
	}
}

// A wrong clock may have set the time.
func TestPasswordChangeReplacesATimeFarInTheFuture(t *testing.T) {
	t.Parallel()
	f := setupUser(t)
	principal := f.principal()
	f.setPasswordChangedAt(t, 24*time.Hour)
	session, err := f.ChangePassword(calledBy(t.Context(), principal), principal, account.PasswordChange{Current: testdb.Password, New: "Battery-Staple-2"}, here)
	if err != nil || session.User.PasswordChangedAt.After(*f.now) {
		t.Errorf("%+v, %v", session, err)
	}
}

func TestWeakPasswordIsReportedOnlyAfterTheCurrentPasswordMatches(t *testing.T) {
	t.Parallel()
	f := setupUser(t)
	principal := f.principal()
	for current, want := range map[string]apperr.UserErrorCode{wrong: apperr.WrongPassword, testdb.Password: apperr.WeakPassword} {
		_, err := f.ChangePassword(calledBy(t.Context(), principal), principal, account.PasswordChange{Current: current, New: "password1"}, here)
		wantUserError(t, err, want)
	}
}

func TestConcurrentPasswordChangeIsRefusedAsWrongPassword(t *testing.T) {
	t.Parallel()
	f := setupUser(t)
	f.afterCompare = func() error {
		_, err := f.pool.Exec(t.Context(), "update usuarios set password_hash = 'other' where id = $1", f.user.ID)
		return err
	}
	wantUserError(t, f.changePassword(t.Context(), testdb.Password), apperr.WrongPassword)
	f.wantEntries(t, "PASSWORD_CHANGE_REFUSED")
}
