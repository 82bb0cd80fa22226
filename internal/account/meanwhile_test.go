package account_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/problem"
	"github.com/stay-sidekick/profile-server/internal/testdb"
)

func TestASignInIsRefusedWhoseAccountChangesWhileThePasswordIsCompared(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"the password is replaced": "update public.usuarios set password_hash = 'another' where id = $1",
		"the user is closed":       "update public.usuarios set activo = false where id = $1",
		"the company is closed":    "update public.empresas set activa = false where id = (select empresa_id from public.usuarios where id = $1)",
		"the user is deleted":      "delete from public.usuarios where id = $1",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := setupPerson(t)
			*p.compared = func() error {
				_, err := p.pool.Exec(t.Context(), sql, p.user.ID)
				return err
			}
			wantRefusal(t, p.signIn(t.Context(), testdb.Password), problem.InvalidCredentials)
			p.wantEntries(t, "SIGN_IN_REFUSED")
			p.wantFailures(t, 1)
		})
	}
}

func TestAResetWhileThePasswordIsComparedRefusesTheSignIn(t *testing.T) {
	t.Parallel()
	p := setupPerson(t)
	*p.compared = func() error {
		_, err := p.ResetPassword(context.Background(), p.user.Email)
		return err
	}
	wantRefusal(t, p.signIn(t.Context(), testdb.Password), problem.InvalidCredentials)
}

// The reset begins after the sign-in has looked at the account.
func TestASignInThatDoesNotSeeAResetGetsATokenThatTheResetRevokes(t *testing.T) {
	t.Parallel()
	p := setupPerson(t)
	reset := make(chan error, 1)
	*p.answered = func(statement string) {
		if statement == "-- name: UserForSignIn :one" {
			go func() {
				_, err := p.ResetPassword(context.Background(), p.user.Email)
				reset <- err
			}()
		}
	}
	session, err := p.SignIn(t.Context(), p.user.Email, testdb.Password, here)
	if err := errors.Join(err, <-reset); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Authenticate(t.Context(), session.Token); !errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("the session goes on: %v", err)
	}
}

// Another clock stamped the last change: the token of a sign-in is valid
// nevertheless, and the next change revokes it.
func TestASignInNeverGetsATokenThatIsRefused(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{
		"the second of the change": 0, "half a second ahead": 500 * time.Millisecond,
		"some seconds ahead": 7 * time.Second, "59 seconds ahead": 59 * time.Second,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := setupPerson(t)
			signIn := func(password string) *account.Session {
				session, err := p.SignIn(t.Context(), p.user.Email, password, here)
				if err != nil {
					t.Fatal(err)
				}
				return session
			}
			if _, err := p.pool.Exec(t.Context(), "update usuarios set password_changed_at = $2 where id = $1", p.user.ID, p.now.Add(ahead)); err != nil {
				t.Fatal(err)
			}
			mine, other := signIn(testdb.Password), signIn(testdb.Password)
			principal, err := p.Authenticate(t.Context(), mine.Token)
			if err != nil {
				t.Fatal(err)
			}
			fresh, err := p.ChangePassword(calledBy(t.Context(), principal), principal, account.PasswordChange{Current: testdb.Password, New: "Battery-Staple-2"}, here)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.Authenticate(t.Context(), other.Token); !errors.Is(err, auth.ErrInvalidToken) {
				t.Errorf("the token of the other sign-in: %v", err)
			}
			for _, session := range []*account.Session{mine, fresh} {
				if _, err := p.Authenticate(t.Context(), session.Token); err != nil {
					t.Errorf("a kept token: %v", err)
				}
			}
		})
	}
}

func TestASignInFailsWhenNoTokenWouldBeAccepted(t *testing.T) {
	t.Parallel()
	p := setupPerson(t)
	if _, err := p.pool.Exec(t.Context(), "update usuarios set password_changed_at = $2 where id = $1", p.user.ID, p.now.Add(2*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.SignIn(t.Context(), p.user.Email, testdb.Password, here); err == nil {
		t.Error("no error")
	}
	p.wantFailures(t, 0)
}
