package account_test

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/testdb"
)

func TestAResetEndsEverySessionAndAsksForANewPassword(t *testing.T) {
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
	before, others := signIn(user.Email, testdb.Password), signIn(other.Email, testdb.Password)
	at = at.Add(2 * time.Second)
	temporary, err := f.ResetPassword(t.Context(), user.Email)
	if err != nil {
		t.Fatal(err)
	}
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
