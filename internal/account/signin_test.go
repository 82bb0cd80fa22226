package account_test

import (
	"context"
	"errors"
	"net/netip"
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

// An attacker can measure smaller differences in latency than a test, so the test
// compares the work. A test of package auth shows that the comparison with an
// empty hash takes the same time as any other.
func TestRefusedSignInsDoTheSameWork(t *testing.T) {
	t.Parallel()
	f := setup(t, time.Now)
	company := testdb.Company(t, f.pool, testdb.CompanyRow{})
	inactive := testdb.Company(t, f.pool, testdb.CompanyRow{Inactive: true})
	user := func(row testdb.UserRow) string { return testdb.User(t, f.pool, row).Email }
	attempts := map[string]struct{ email, password string }{
		"a wrong password":       {user(testdb.UserRow{CompanyID: company.ID}), wrong},
		"an unknown e-mail":      {"nobody@example.com", testdb.Password},
		"an inactive user":       {user(testdb.UserRow{CompanyID: company.ID, Inactive: true}), testdb.Password},
		"an inactive company":    {user(testdb.UserRow{CompanyID: inactive.ID}), testdb.Password},
		"a malformed hash":       {user(testdb.UserRow{CompanyID: company.ID, PasswordHash: "not a hash"}), testdb.Password},
		"a password of 80 bytes": {user(testdb.UserRow{CompanyID: company.ID}), strings.Repeat("ñ", 40)},
	}
	var first []string
	for name, a := range attempts {
		f.work = nil
		wantInvalidCredentials(t, f, a.email, a.password)
		if first == nil {
			first = f.work
		}
		if !slices.Equal(f.work, first) {
			t.Errorf("%s: work %q, want %q", name, f.work, first)
		}
	}
	if count(first, "compare") != 1 || count(first, "-- name: AuditEntryCreate :exec") != 1 {
		t.Errorf("work %q", first)
	}
}

func TestUnknownEmailIsNotStoredInTheAuditLog(t *testing.T) {
	t.Parallel()
	f := setup(t, time.Now)
	wantInvalidCredentials(t, f, "hunter2@hunter2.example", wrong)
	var kind string
	var rows, named int
	err := f.pool.QueryRow(t.Context(), `select min(kind), count(*), count(company_id) + count(actor_id) + count(actor_email)
		from profile.audit_log`).Scan(&kind, &rows, &named)
	if err != nil || kind != "SIGN_IN_REFUSED" || rows != 1 || named != 0 {
		t.Errorf("%d entries, %s, %d identifying values, %v", rows, kind, named, err)
	}
}

func TestSignInsAreCountedByResult(t *testing.T) {
	t.Parallel()
	f := setup(t, time.Now)
	user := testdb.User(t, f.pool, testdb.UserRow{CompanyID: testdb.Company(t, f.pool, testdb.CompanyRow{}).ID})
	signIn := func(ctx context.Context, password string) { _, _ = f.SignIn(ctx, user.Email, password, here) }
	signIn(t.Context(), testdb.Password)
	for range 6 {
		signIn(t.Context(), wrong)
	}
	f.afterCompare = func() error { return apperr.New(apperr.Overloaded, apperr.Busy) }
	_, _ = f.SignIn(t.Context(), user.Email, testdb.Password, netip.MustParseAddr("192.0.2.2"))
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	signIn(cancelled, testdb.Password)
	want := []account.SignInResult{"succeeded", "refused", "refused", "refused", "refused", "refused", "rate_limited", "overloaded", "error"}
	if !slices.Equal(*f.results, want) {
		t.Errorf("counted %q, want %q", *f.results, want)
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
			f := setupUser(t)
			f.afterCompare = func() error {
				_, err := f.pool.Exec(t.Context(), sql, f.user.ID)
				return err
			}
			wantUserError(t, f.signIn(t.Context(), testdb.Password), apperr.InvalidCredentials)
			f.wantEntries(t, "SIGN_IN_REFUSED")
			f.wantFailures(t, 1)
		})
	}
}

func TestSignInIsRefusedWhenThePasswordIsResetDuringHashing(t *testing.T) {
	t.Parallel()
	f := setupUser(t)
	f.afterCompare = func() error {
		_, _, err := f.ResetPassword(context.Background(), f.user.Email)
		return err
	}
	wantUserError(t, f.signIn(t.Context(), testdb.Password), apperr.InvalidCredentials)
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
			f := setupUser(t)
			f.setPasswordChangedAt(t, ahead)
			current, other := f.mustSignIn(t, testdb.Password), f.mustSignIn(t, testdb.Password)
			principal, err := f.Authenticate(t.Context(), current.Token)
			if err != nil {
				t.Fatal(err)
			}
			fresh, err := f.ChangePassword(calledBy(t.Context(), principal), principal, account.PasswordChange{Current: testdb.Password, New: "Battery-Staple-2"}, here)
			if err != nil {
				t.Fatal(err)
			}
			f.wantRevoked(t, other)
			f.wantValid(t, current)
			f.wantValid(t, fresh)
		})
	}
}

func TestSignInFailsWhenTheClockIsTooFarBehind(t *testing.T) {
	t.Parallel()
	f := setupUser(t)
	f.setPasswordChangedAt(t, 2*time.Minute)
	if err := f.signIn(t.Context(), testdb.Password); err == nil {
		t.Error("no error")
	}
	f.wantFailures(t, 0)
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

func TestKnownAddressesAndPasswordChangesHaveReservedCapacity(t *testing.T) {
	t.Parallel()
	f := setupUser(t)
	if err := errors.Join(f.signIn(t.Context(), testdb.Password), f.signIn(t.Context(), testdb.Password), f.changePassword(t.Context(), testdb.Password)); err != nil {
		t.Fatal(err)
	}
	requester := auth.Requester{Address: here.String(), Account: f.user.Email}
	reserved := requester
	reserved.Reserved = true
	if want := []auth.Requester{requester, reserved, reserved, reserved}; !slices.Equal(f.requesters, want) {
		t.Errorf("got %+v, want %+v", f.requesters, want)
	}
}

// The latency of the refusals must not reveal which accounts exist.
func TestRateLimitedSignInDoesTheSameWorkForAnUnknownAccount(t *testing.T) {
	t.Parallel()
	f := setupUser(t)
	var works [][]string
	for _, email := range []string{f.user.Email, "nobody@example.com"} {
		for range 5 {
			wantInvalidCredentials(t, f.fixture, email, wrong)
		}
		f.work = nil
		_, err := f.SignIn(t.Context(), email, testdb.Password, here)
		wantCode(t, err, apperr.RateLimited)
		// The statements before the rollback depend on the order of the hashed keys,
		// which reveals nothing.
		works = append(works, f.work[slices.Index(f.work, "rollback"):])
	}
	if !slices.Equal(works[0], works[1]) || count(works[0], "-- name: AuditEntryCreate :exec") != 1 || count(works[0], "compare") != 0 {
		t.Errorf("work %q and, for an unknown account, %q", works[0], works[1])
	}
}

// Requests that wait for a slot must not use up the connection pool.
func TestNoConnectionIsHeldDuringHashing(t *testing.T) {
	t.Parallel()
	f := setupUser(t)
	hashed := 0
	f.beforeHash = func() {
		hashed++
		if held := f.pool.Stat().AcquiredConns(); held != 0 {
			t.Errorf("%d connections are held", held)
		}
	}
	if err := f.signIn(t.Context(), testdb.Password); err != nil {
		t.Error(err)
	}
	wantUserError(t, f.signIn(t.Context(), wrong), apperr.InvalidCredentials)
	if err := f.changePassword(t.Context(), testdb.Password); err != nil {
		t.Error(err)
	}
	if _, _, err := f.ResetPassword(t.Context(), f.user.Email); err != nil {
		t.Error(err)
	}
	if hashed != 5 { // two sign-ins, a change with its old and new password, and a reset
		t.Errorf("%d passwords were hashed", hashed)
	}
}

func TestUncheckedPasswordIsRefusedAfterADelayAndAudited(t *testing.T) {
	t.Parallel()
	for kind, c := range passwordChecks {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			f := setupUser(t)
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
			f := setupUser(t)
			var entries []string
			for i := range 5 {
				ctx, cancel := context.WithCancel(t.Context())
				f.afterCompare = func() error { cancel(); return nil }
				_ = c.check(f, ctx, wrong) // the client receives no response
				entries = append(entries, kind)
				f.wantEntries(t, entries...)
				f.wantFailures(t, i+1)
			}
			wantCode(t, c.check(f, t.Context(), wrong), apperr.RateLimited)
		})
	}
}
