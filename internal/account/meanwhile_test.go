package account_test

import (
	"context"
	"errors"
	"testing"
	"time"

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

// The reset is over, and tokens count again, before the sign-in is.
func TestASignInThatDidNotSeeAResetGetsATokenThatDoesNotCount(t *testing.T) {
	t.Parallel()
	p := setupPerson(t)
	looked, reset := false, false
	*p.running = func(statement string) {
		switch {
		case statement == "-- name: UserMaySignIn :one":
			looked = true
		case looked && !reset:
			reset = true
			if _, err := p.ResetPassword(context.Background(), p.user.Email); err != nil {
				t.Error(err)
			}
			*p.now = p.now.Add(2 * time.Second)
		}
	}
	session, err := p.SignIn(t.Context(), p.user.Email, testdb.Password, here)
	if err != nil || !reset {
		t.Fatalf("%v, reset: %t", err, reset)
	}
	if _, err := p.Authenticate(t.Context(), session.Token); !errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("the session goes on: %v", err)
	}
}
