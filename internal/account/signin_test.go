package account_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

// Time cannot be measured as finely as an attacker with patience does, so the
// work is compared: package auth holds that a comparison with no hash takes as
// long as any other.
func TestARefusedSignInDoesTheSameWorkWhateverWasWrong(t *testing.T) {
	t.Parallel()
	f := setup(t, time.Now)
	company := testdb.Company(t, f.pool, testdb.CompanyRow{})
	closed := testdb.Company(t, f.pool, testdb.CompanyRow{Inactive: true})
	user := func(row testdb.UserRow) string { return testdb.User(t, f.pool, row).Email }
	attempts := map[string]struct{ email, password string }{
		"a wrong password":           {user(testdb.UserRow{CompanyID: company.ID}), "Wrong-Horse-1"},
		"an unknown e-mail":          {"nobody@example.com", testdb.Password},
		"an inactive user":           {user(testdb.UserRow{CompanyID: company.ID, Inactive: true}), testdb.Password},
		"an inactive company":        {user(testdb.UserRow{CompanyID: closed.ID}), testdb.Password},
		"a hash that cannot be read": {user(testdb.UserRow{CompanyID: company.ID, PasswordHash: "not a hash"}), testdb.Password},
		"a password of eighty bytes": {user(testdb.UserRow{CompanyID: company.ID}), strings.Repeat("ñ", 40)},
	}
	var usual []string
	for name, a := range attempts {
		*f.work = nil
		refused(t, f, name, a.email, a.password)
		if usual == nil {
			usual = *f.work
		}
		if !slices.Equal(*f.work, usual) {
			t.Errorf("%s: work %q, for others %q", name, *f.work, usual)
		}
	}
	if count(usual, "compare") != 1 || count(usual, "-- name: AuditEntryCreate :exec") != 1 {
		t.Errorf("work %q", usual)
	}
}

func refused(t *testing.T, f fixture, name, email, password string) {
	t.Helper()
	_, err := f.SignIn(context.Background(), email, password, netip.MustParseAddr("192.0.2.1"))
	if r, ok := errors.AsType[*apperr.UserError](err); !ok || r.Code != apperr.InvalidCredentials {
		t.Errorf("%s: %v", name, err)
	}
}

func count(list []string, want string) (n int) {
	for _, s := range list {
		if s == want {
			n++
		}
	}
	return n
}

func TestNoHashIsComparedWhileOneMustWait(t *testing.T) {
	t.Parallel()
	f := setup(t, time.Now)
	user := testdb.User(t, f.pool, testdb.UserRow{CompanyID: testdb.Company(t, f.pool, testdb.CompanyRow{}).ID})
	for range 5 {
		refused(t, f, "a wrong password", user.Email, "Wrong-Horse-1")
	}
	*f.work = nil
	_, err := f.SignIn(t.Context(), user.Email, testdb.Password, netip.MustParseAddr("192.0.2.1"))
	if apperr.CodeOf(err) != apperr.RateLimited || count(*f.work, "compare") != 0 {
		t.Errorf("%v after %q", err, *f.work)
	}
}

func TestWhatWasTypedForAnUnknownAccountIsNotWrittenDown(t *testing.T) {
	t.Parallel()
	f := setup(t, time.Now)
	refused(t, f, "unknown", "hunter2@hunter2.example", "Wrong-Horse-1")
	var kind string
	var rows, named int
	err := f.pool.QueryRow(t.Context(), `select min(kind), count(*), count(company_id) + count(actor_id) + count(actor_email)
		from profile.audit_log`).Scan(&kind, &rows, &named)
	if err != nil || kind != "SIGN_IN_REFUSED" || rows != 1 || named != 0 {
		t.Errorf("%d entries, %s, %d names, %v", rows, kind, named, err)
	}
}

func TestEachSignInIsCountedByItsResult(t *testing.T) {
	t.Parallel()
	f := setup(t, time.Now)
	user := testdb.User(t, f.pool, testdb.UserRow{CompanyID: testdb.Company(t, f.pool, testdb.CompanyRow{}).ID})
	here := netip.MustParseAddr("192.0.2.1")
	signIn := func(ctx context.Context, password string) { _, _ = f.SignIn(ctx, user.Email, password, here) }
	signIn(t.Context(), testdb.Password)
	for range 6 {
		signIn(t.Context(), "Wrong-Horse-1")
	}
	*f.compared = func() error { return apperr.New(apperr.Overloaded, apperr.Busy) }
	_, _ = f.SignIn(t.Context(), user.Email, testdb.Password, netip.MustParseAddr("192.0.2.2"))
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	signIn(gone, testdb.Password)
	want := []account.SignInResult{"succeeded", "refused", "refused", "refused", "refused", "refused", "rate_limited", "overloaded", "error"}
	if !slices.Equal(*f.results, want) {
		t.Errorf("counted %q, want %q", *f.results, want)
	}
}
