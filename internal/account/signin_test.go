package account_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

const auditEntry = "-- name: AuditEntryCreate :exec"

func count(list []string, want string) int {
	return len(slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s != want }))
}

// An attacker can measure smaller differences in latency than a test, so the test
// compares the work. A test of package auth shows that the comparison with an
// empty hash takes the same time as any other.
func TestRefusedSignInsDoTheSameWork(t *testing.T) {
	t.Parallel()
	f := setup(t)
	inactive := testdb.Company(t, f.pool, testdb.CompanyRow{Inactive: true}).ID
	user := func(row testdb.UserRow) string { return testdb.User(t, f.pool, row).Email }
	company := f.user.CompanyID
	var first []string
	for name, a := range map[string]struct{ email, password string }{
		"a wrong password":       {user(testdb.UserRow{CompanyID: company}), wrong},
		"an unknown e-mail":      {"nobody@example.com", testdb.Password},
		"an inactive user":       {user(testdb.UserRow{CompanyID: company, Inactive: true}), testdb.Password},
		"an inactive company":    {user(testdb.UserRow{CompanyID: inactive}), testdb.Password},
		"a malformed hash":       {user(testdb.UserRow{CompanyID: company, PasswordHash: "not a hash"}), testdb.Password},
		"a password of 80 bytes": {user(testdb.UserRow{CompanyID: company}), strings.Repeat("ñ", 40)},
	} {
		f.work = nil
		f.wantInvalidCredentials(t, a.email, a.password)
		if first == nil {
			first = f.work
		}
		if !slices.Equal(f.work, first) {
			t.Errorf("%s: work %q, want %q", name, f.work, first)
		}
	}
	if count(first, "compare") != 1 || count(first, auditEntry) != 1 {
		t.Errorf("work %q", first)
	}
}

func TestRateLimitedSignInDoesTheSameWorkForAnUnknownAccount(t *testing.T) {
	t.Parallel()
	f := setup(t)
	var works [][]string
	for _, email := range []string{f.user.Email, "nobody@example.com"} {
		for range 5 {
			f.wantInvalidCredentials(t, email, wrong)
		}
		f.work = nil
		_, err := f.SignIn(t.Context(), email, testdb.Password, here)
		wantCode(t, err, apperr.RateLimited)
		// The statements before the rollback depend on the order of the hashed keys,
		// which reveals nothing.
		works = append(works, f.work[slices.Index(f.work, "rollback"):])
	}
	if !slices.Equal(works[0], works[1]) || count(works[0], auditEntry) != 1 || count(works[0], "compare") != 0 {
		t.Errorf("work %q and, for an unknown account, %q", works[0], works[1])
	}
}

func TestSignInsAreCountedByResult(t *testing.T) {
	t.Parallel()
	f := setup(t)
	_ = f.signIn(t.Context(), testdb.Password)
	_ = f.signIn(t.Context(), wrong)
	for _, err := range []error{
		apperr.New(apperr.RateLimited, apperr.TooManyAttempts), apperr.New(apperr.Overloaded, apperr.Busy), errors.New("internal error"),
	} {
		f.afterCompare = func() error { return err }
		_ = f.signIn(t.Context(), testdb.Password)
	}
	if want := account.SignInResults(); !slices.Equal(f.results, want) {
		t.Errorf("counted %q, want %q", f.results, want)
	}
}

func TestSignInIsRefusedWhenTheAccountChangesDuringHashing(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"the password is replaced":   "update public.usuarios set password_hash = 'another' where id = $1",
		"the user is deactivated":    "update public.usuarios set activo = false where id = $1",
		"the company is deactivated": "update public.empresas set activa = false where id = (select empresa_id from public.usuarios where id = $1)",
		"the user is deleted":        "delete from public.usuarios where id = $1",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			f.afterCompare = func() error { testdb.Exec(t, f.pool, sql, f.user.ID); return nil }
			wantUserError(t, f.signIn(t.Context(), testdb.Password), apperr.InvalidCredentials)
			f.wantEntries(t, "SIGN_IN_REFUSED")
			f.wantFailures(t, 1)
		})
	}
}

// The clock of the last password change may be ahead. The token of a sign-in must be
// valid nevertheless, and the next change must revoke it.
func TestSignInTokenIsValidWhenAnotherClockIsAhead(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{
		"the same second": 0, "half a second ahead": 500 * time.Millisecond,
		"some seconds ahead": 7 * time.Second, "59 seconds ahead": 59 * time.Second,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			f.setPasswordChangedAt(t, ahead)
			current, other := f.mustSignIn(t, testdb.Password), f.mustSignIn(t, testdb.Password)
			principal, err := f.Authenticate(t.Context(), current.Token)
			if err != nil {
				t.Fatal(err)
			}
			fresh, err := f.change(t.Context(), principal, testdb.Password, "Battery-Staple-2")
			if err != nil {
				t.Fatal(err)
			}
			f.wantTokens(t, false, other)
			f.wantTokens(t, true, current, fresh)
		})
	}
}

func TestSignInFailsWhenTheClockIsTooFarBehind(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.setPasswordChangedAt(t, 2*time.Minute)
	if err := f.signIn(t.Context(), testdb.Password); err == nil {
		t.Error("no error")
	}
	f.wantFailures(t, 0)
}

func TestSignInWaitsForTheSecondAfterAPasswordChange(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.now = time.Now
	f.setPasswordChangedAt(t, 0)
	var claims jwt.RegisteredClaims
	_, _, err := jwt.NewParser().ParseUnverified(f.mustSignIn(t, testdb.Password).Token, &claims)
	if err != nil || claims.IssuedAt.After(time.Now()) {
		t.Errorf("issued at %v, %v", claims.IssuedAt, err)
	}
}

func TestKnownAddressesAndPasswordChangesHaveReservedCapacity(t *testing.T) {
	t.Parallel()
	f := setup(t)
	var requesters []auth.Requester
	f.beforeHash = func(r auth.Requester) { requesters = append(requesters, r) }
	err := errors.Join(f.signIn(t.Context(), testdb.Password), f.signIn(t.Context(), testdb.Password), f.changePassword(t.Context(), testdb.Password))
	requester := auth.Requester{Address: here.String(), Account: f.user.Email}
	reserved := requester
	reserved.Reserved = true
	if want := []auth.Requester{requester, reserved, reserved, reserved}; err != nil || !slices.Equal(requesters, want) {
		t.Errorf("got %+v, %v, want %+v", requesters, err, want)
	}
}

// Requests that wait for a slot must not use up the connection pool.
func TestNoConnectionIsHeldDuringHashing(t *testing.T) {
	t.Parallel()
	f := setup(t)
	hashed := 0
	f.beforeHash = func(auth.Requester) {
		hashed++
		if held := f.pool.Stat().AcquiredConns(); held != 0 {
			t.Errorf("%d connections are held", held)
		}
	}
	f.mustSignIn(t, testdb.Password)
	f.wantInvalidCredentials(t, f.user.Email, wrong)
	if err := f.changePassword(t.Context(), testdb.Password); err != nil {
		t.Error(err)
	}
	f.mustReset(t)
	if hashed != 5 { // two sign-ins, a change with its old and new password, and a reset
		t.Errorf("%d passwords were hashed", hashed)
	}
}

func TestUncheckedPasswordIsRefusedAfterADelayAndAudited(t *testing.T) {
	t.Parallel()
	for kind, c := range passwordChecks {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			wantDelayed := func(code apperr.Code) {
				t.Helper()
				start := time.Now()
				wantCode(t, c.check(f, t.Context(), testdb.Password), code)
				if took := time.Since(start); took < refusalDelay {
					t.Errorf("%s after %v", code, took)
				}
			}
			f.afterCompare = func() error { return apperr.New(apperr.Overloaded, apperr.Busy) }
			wantDelayed(apperr.Overloaded)
			f.wantFailures(t, 0)
			f.afterCompare = func() error { return nil }
			for range 5 {
				wantUserError(t, c.check(f, t.Context(), wrong), c.wrong)
			}
			wantDelayed(apperr.RateLimited)
			wantDelayed(apperr.RateLimited)
			rateLimited := kind + " reason RATE_LIMITED"
			f.wantEntries(t, kind+" reason OVERLOADED", kind, kind, kind, kind, kind, rateLimited, rateLimited)
		})
	}
}

func TestDisconnectedClientIsAuditedAndCounted(t *testing.T) {
	t.Parallel()
	for kind, c := range passwordChecks {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			for i := range 5 {
				ctx, cancel := context.WithCancel(t.Context())
				f.afterCompare = func() error { cancel(); return nil }
				_ = c.check(f, ctx, wrong) // the client receives no response
				f.wantEntries(t, slices.Repeat([]string{kind}, i+1)...)
				f.wantFailures(t, i+1)
			}
			wantCode(t, c.check(f, t.Context(), wrong), apperr.RateLimited)
		})
	}
}
