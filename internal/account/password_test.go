package account_test

import (
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestRapidPasswordChangesAreNotDatedInTheFuture(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.now = time.Now
	session, current := &account.Session{User: f.principal()}, testdb.Password
	for _, next := range []string{"Battery-Staple-2", "Battery-Staple-3", "Battery-Staple-4"} {
		var err error
		if session, err = f.change(t.Context(), session.User, current, next); err != nil {
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
	f := setup(t)
	f.setPasswordChangedAt(t, 24*time.Hour)
	session, err := f.change(t.Context(), f.principal(), testdb.Password, "Battery-Staple-2")
	if err != nil || session.User.PasswordChangedAt.After(f.now()) {
		t.Errorf("%+v, %v", session, err)
	}
}

func TestWeakPasswordIsReportedOnlyAfterTheCurrentPasswordMatches(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for current, want := range map[string]apperr.UserErrorCode{wrong: apperr.WrongPassword, testdb.Password: apperr.WeakPassword} {
		_, err := f.change(t.Context(), f.principal(), current, "password1")
		wantUserError(t, err, want)
	}
}
