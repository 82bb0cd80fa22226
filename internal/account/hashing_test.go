package account_test

import (
	"testing"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

// Passwords that wait for their turn must not keep everybody else from the
// database.
func TestNoConnectionIsHeldDuringHashing(t *testing.T) {
	t.Parallel()
	p := setupPerson(t)
	hashed := 0
	*p.hashing = func() {
		hashed++
		if held := p.pool.Stat().AcquiredConns(); held != 0 {
			t.Errorf("%d connections are held", held)
		}
	}
	if err := p.signIn(t.Context(), testdb.Password); err != nil {
		t.Error(err)
	}
	wantRefusal(t, p.signIn(t.Context(), wrong), apperr.InvalidCredentials)
	if err := p.changePassword(t.Context(), testdb.Password); err != nil {
		t.Error(err)
	}
	if _, err := p.ResetPassword(t.Context(), p.user.Email); err != nil {
		t.Error(err)
	}
	if hashed != 5 { // two sign-ins, a change with its old and new password, and a reset
		t.Errorf("%d passwords were hashed", hashed)
	}
}
