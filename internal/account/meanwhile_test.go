package account_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestSignInIsRefusedWhenTheAccountChangesDuringHashing(t *testing.T) {
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
			wantRefusal(t, p.signIn(t.Context(), testdb.Password), apperr.InvalidCredentials)
			p.wantEntries(t, "SIGN_IN_REFUSED")
			p.wantFailures(t, 1)
		})
	}
}

func TestSignInIsRefusedWhenThePasswordIsResetDuringHashing(t *testing.T) {
	t.Parallel()
	p := setupPerson(t)
	*p.compared = func() error {
		_, err := p.ResetPassword(context.Background(), p.user.Email)
		return err
	}
	wantRefusal(t, p.signIn(t.Context(), testdb.Password), apperr.InvalidCredentials)
}

// The reset begins after the sign-in has looked at the account.
func TestResetRevokesTheTokenOfAConcurrentSignIn(t *testing.T) {
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
func TestSignInTokenIsValidWhenAnotherClockIsAhead(t *testing.T) {
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

func TestSignInFailsWhenTheClockIsTooFarBehind(t *testing.T) {
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

// The change begins after the sign-in has looked at the account, and waits for it.
func TestPasswordChangeRevokesTheTokenOfAConcurrentSignIn(t *testing.T) {
	t.Parallel()
	var clock atomic.Int64
	clock.Store(time.Now().Unix())
	f := setup(t, func() time.Time { return time.Unix(clock.Load(), 0) })
	user := testdb.User(t, f.pool, testdb.UserRow{CompanyID: testdb.Company(t, f.pool, testdb.CompanyRow{}).ID})
	principal := &auth.Principal{UserID: user.ID, CompanyID: user.CompanyID, Email: user.Email}
	changed := make(chan error, 1)
	var once sync.Once
	*f.answered = func(statement string) {
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
	if _, err := f.Authenticate(t.Context(), session.Token); !errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("the session goes on: %v", err)
	}
}

// awaitLock waits until a statement waits for a lock, or done has a result.
func awaitLock(t *testing.T, pool *pgxpool.Pool, done chan error) {
	t.Helper()
	for waiting := false; !waiting && len(done) == 0; time.Sleep(time.Millisecond) {
		err := pool.QueryRow(context.Background(), `select exists (select from pg_stat_activity
			where datname = current_database() and wait_event_type = 'Lock')`).Scan(&waiting)
		if err != nil {
			t.Error(err)
			return
		}
	}
}

func TestSignInWaitsForTheSecondAfterAPasswordChange(t *testing.T) {
	t.Parallel()
	f := setup(t, time.Now)
	user := testdb.User(t, f.pool, testdb.UserRow{
		CompanyID: testdb.Company(t, f.pool, testdb.CompanyRow{}).ID, PasswordChangedAt: time.Now(),
	})
	session, err := f.SignIn(t.Context(), user.Email, testdb.Password, here)
	if err != nil {
		t.Fatal(err)
	}
	var claims jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(session.Token, &claims); err != nil || claims.IssuedAt.After(time.Now()) {
		t.Errorf("issued at %v, %v", claims.IssuedAt, err)
	}
}

// Another clock is ahead: the token of a sign-in is dated after the reset, unless
// the reset looks.
func TestResetRevokesTokensIssuedInTheFuture(t *testing.T) {
	t.Parallel()
	p := setupPerson(t)
	if _, err := p.pool.Exec(t.Context(), "update usuarios set password_changed_at = $2 where id = $1", p.user.ID, p.now.Add(30*time.Second)); err != nil {
		t.Fatal(err)
	}
	old, err := p.SignIn(t.Context(), p.user.Email, testdb.Password, here)
	if err != nil {
		t.Fatal(err)
	}
	password, err := p.ResetPassword(context.Background(), p.user.Email)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Authenticate(t.Context(), old.Token); !errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("the session goes on: %v", err)
	}
	session, err := p.SignIn(t.Context(), p.user.Email, password, here)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Authenticate(t.Context(), session.Token); err != nil {
		t.Errorf("the new session: %v", err)
	}
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

// A moment that a wrong clock stamped does not stay.
func TestPasswordChangeReplacesATimeFarInTheFuture(t *testing.T) {
	t.Parallel()
	p := setupPerson(t)
	principal := &auth.Principal{UserID: p.user.ID, CompanyID: p.user.CompanyID, Email: p.user.Email}
	if _, err := p.pool.Exec(t.Context(), "update usuarios set password_changed_at = $2 where id = $1", p.user.ID, p.now.Add(24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	session, err := p.ChangePassword(calledBy(t.Context(), principal), principal, account.PasswordChange{Current: testdb.Password, New: "Battery-Staple-2"}, here)
	if err != nil || session.User.PasswordChangedAt.After(*p.now) {
		t.Errorf("%+v, %v", session, err)
	}
}

func TestKnownAddressesAndPasswordChangesHaveReservedCapacity(t *testing.T) {
	t.Parallel()
	p := setupPerson(t)
	if err := errors.Join(p.signIn(t.Context(), testdb.Password), p.signIn(t.Context(), testdb.Password), p.changePassword(t.Context(), testdb.Password)); err != nil {
		t.Fatal(err)
	}
	requester := auth.Requester{Address: here.String(), Account: p.user.Email}
	reserved := requester
	reserved.Reserved = true
	if want := []auth.Requester{requester, reserved, reserved, reserved}; !slices.Equal(*p.requesters, want) {
		t.Errorf("got %+v, want %+v", *p.requesters, want)
	}
}

func TestWeakPasswordIsReportedOnlyAfterTheCurrentPasswordMatches(t *testing.T) {
	t.Parallel()
	p := setupPerson(t)
	principal := &auth.Principal{UserID: p.user.ID, CompanyID: p.user.CompanyID, Email: p.user.Email}
	for current, want := range map[string]apperr.UserErrorCode{wrong: apperr.WrongPassword, testdb.Password: apperr.WeakPassword} {
		_, err := p.ChangePassword(calledBy(t.Context(), principal), principal, account.PasswordChange{Current: current, New: "password1"}, here)
		wantRefusal(t, err, want)
	}
}
