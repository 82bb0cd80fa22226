package account_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

const wrong = "Wrong-Horse-1"

var here = netip.MustParseAddr("192.0.2.1")

// person is a fixture with one user in it.
type person struct {
	fixture
	user testdb.UserRow
	// now stands still unless a test moves it: on a busy machine, a reset may take
	// longer than it has.
	now *time.Time
}

func setupPerson(t *testing.T) person {
	t.Helper()
	now := new(time.Now())
	f := setup(t, func() time.Time { return *now })
	return person{f, testdb.User(t, f.pool, testdb.UserRow{CompanyID: testdb.Company(t, f.pool, testdb.CompanyRow{}).ID}), now}
}

// signIn returns why it fails.
func (p person) signIn(ctx context.Context, password string) error {
	_, err := p.SignIn(ctx, p.user.Email, password, here)
	return err
}

// changePassword returns why it fails.
func (p person) changePassword(ctx context.Context, current string) error {
	principal := &auth.Principal{UserID: p.user.ID, CompanyID: p.user.CompanyID, Email: p.user.Email, CompanyName: "Casa"}
	_, err := p.ChangePassword(calledBy(ctx, principal), principal, account.PasswordChange{Current: current, New: "Battery-Staple-2"}, here)
	return err
}

// wantEntries compares the entries of the user, the oldest first: the kind, and
// why the password was not tried.
func (p person) wantEntries(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	rows, err := p.pool.Query(t.Context(), `select concat_ws(' ', kind, changes->0->>'field', changes->0->>'old', changes->0->>'new')
		from profile.audit_log where company_id = $1 and actor_id = $2 and actor_email = $3 order by id`, p.user.CompanyID, p.user.ID, p.user.Email)
	if err == nil {
		got, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("entries %q, %v, want %q", got, err, want)
	}
}

// wantFailures compares what counts against the next attempt, by all limits.
func (p person) wantFailures(t *testing.T, want int) {
	t.Helper()
	var most int
	if err := p.pool.QueryRow(t.Context(), "select coalesce(max(failures), 0) from profile.attempts").Scan(&most); err != nil || most != want {
		t.Errorf("%d failures, %v, want %d", most, err, want)
	}
}

func wantProblem(t *testing.T, err error, want apperr.Code) {
	t.Helper()
	if apperr.CodeOf(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func wantRefusal(t *testing.T, err error, want apperr.UserErrorCode) {
	t.Helper()
	if refusal, ok := errors.AsType[*apperr.UserError](err); !ok || refusal.Code != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestASignInWhosePasswordIsNotTriedLeavesAnEntryThatSaysWhy(t *testing.T) {
	t.Parallel()
	p := setupPerson(t)
	*p.compared = func() error { return apperr.New(apperr.Overloaded, apperr.Busy) }
	wantProblem(t, p.signIn(t.Context(), testdb.Password), apperr.Overloaded)
	p.wantFailures(t, 0)
	*p.compared = func() error { return nil }
	for range 5 {
		wantRefusal(t, p.signIn(t.Context(), wrong), apperr.InvalidCredentials)
	}
	for range 2 {
		wantProblem(t, p.signIn(t.Context(), testdb.Password), apperr.RateLimited)
	}
	refusal := "SIGN_IN_REFUSED"
	p.wantEntries(t, "SIGN_IN_REFUSED reason OVERLOADED", refusal, refusal, refusal, refusal, refusal,
		"SIGN_IN_REFUSED reason RATE_LIMITED", "SIGN_IN_REFUSED reason RATE_LIMITED")
}

func TestAPasswordChangeWhoseCurrentPasswordIsNotTriedLeavesAnEntryThatSaysWhy(t *testing.T) {
	t.Parallel()
	p := setupPerson(t)
	*p.compared = func() error { return apperr.New(apperr.Overloaded, apperr.Busy) }
	wantProblem(t, p.changePassword(t.Context(), testdb.Password), apperr.Overloaded)
	p.wantFailures(t, 0)
	*p.compared = func() error { return nil }
	for range 5 {
		wantRefusal(t, p.changePassword(t.Context(), wrong), apperr.WrongPassword)
	}
	wantProblem(t, p.changePassword(t.Context(), testdb.Password), apperr.RateLimited)
	refusal := "PASSWORD_CHANGE_REFUSED"
	p.wantEntries(t, "PASSWORD_CHANGE_REFUSED reason OVERLOADED", refusal, refusal, refusal, refusal, refusal,
		"PASSWORD_CHANGE_REFUSED reason RATE_LIMITED")
}

func TestAPasswordThatSomebodyElseChangesMeanwhileIsARefusalLikeAWrongOne(t *testing.T) {
	t.Parallel()
	p := setupPerson(t)
	*p.compared = func() error {
		_, err := p.pool.Exec(t.Context(), "update usuarios set password_hash = 'other' where id = $1", p.user.ID)
		return err
	}
	wantRefusal(t, p.changePassword(t.Context(), testdb.Password), apperr.WrongPassword)
	p.wantEntries(t, "PASSWORD_CHANGE_REFUSED")
}

// Else its refusals would tell by their time which accounts exist.
func TestASignInThatMustWaitDoesTheSameWorkForAnUnknownAccount(t *testing.T) {
	t.Parallel()
	p := setupPerson(t)
	var works [][]string
	for _, email := range []string{p.user.Email, "nobody@example.com"} {
		for range 5 {
			refused(t, p.fixture, email, email, wrong)
		}
		*p.work = nil
		_, err := p.SignIn(t.Context(), email, testdb.Password, here)
		wantProblem(t, err, apperr.RateLimited)
		// Which of its limits the throttle looks at first is up to the hash of the
		// address, and tells nothing.
		works = append(works, (*p.work)[slices.Index(*p.work, "rollback"):])
	}
	if !slices.Equal(works[0], works[1]) || count(works[0], "-- name: AuditEntryCreate :exec") != 1 {
		t.Errorf("work %q and, for an unknown account, %q", works[0], works[1])
	}
}

func TestAClientThatHangsUpLeavesItsEntryAndItsFailureBehind(t *testing.T) {
	t.Parallel()
	for name, attempt := range map[string]func(person, context.Context) error{
		"SIGN_IN_REFUSED":         func(p person, ctx context.Context) error { return p.signIn(ctx, wrong) },
		"PASSWORD_CHANGE_REFUSED": func(p person, ctx context.Context) error { return p.changePassword(ctx, wrong) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := setupPerson(t)
			var entries []string
			for i := range 5 {
				ctx, hangUp := context.WithCancel(t.Context())
				*p.compared = func() error { hangUp(); return nil }
				_ = attempt(p, ctx) // nobody hears the answer
				entries = append(entries, name)
				p.wantEntries(t, entries...)
				p.wantFailures(t, i+1)
			}
			wantProblem(t, attempt(p, t.Context()), apperr.RateLimited)
		})
	}
}

func TestWhoMayNotTryAPasswordHearsItLater(t *testing.T) {
	t.Parallel()
	p := setupPerson(t)
	try := map[string]func(context.Context, string) error{"sign-in": p.signIn, "password change": p.changePassword}
	for name, try := range try {
		*p.compared = func() error { return apperr.New(apperr.Overloaded, apperr.Busy) }
		start := time.Now()
		wantProblem(t, try(t.Context(), wrong), apperr.Overloaded)
		if took := time.Since(start); took < refusalDelay {
			t.Errorf("%s: refused after %v when busy", name, took)
		}
		*p.compared = func() error { return nil }
		for range 5 {
			_ = try(t.Context(), wrong)
		}
		start = time.Now()
		wantProblem(t, try(t.Context(), wrong), apperr.RateLimited)
		if took := time.Since(start); took < refusalDelay {
			t.Errorf("%s: refused after %v while it must wait", name, took)
		}
	}
}
