package throttle_test

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/account/throttle"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

const email = "someone@example.com"

// someone is an account that has no known address.
var someone = throttle.Account{Email: email, ID: uuid.MustParse("0f0e0d0c-0000-4000-8000-00000000a001")}

var (
	here  = netip.MustParseAddr("192.0.2.1")
	there = netip.MustParseAddr("192.0.2.2")
)

// clock is a time that tests move.
type clock struct{ unix atomic.Int64 }

func (c *clock) now() time.Time        { return time.Unix(c.unix.Load(), 0) }
func (c *clock) sleep(d time.Duration) { c.unix.Add(int64(d.Seconds())) }

func setup(t *testing.T) (*throttle.Throttle, *clock) {
	t.Parallel()
	c := &clock{}
	c.unix.Store(1_800_000_000)
	return throttle.New(testdb.WithLongTimeouts(testdb.New(t, testdb.Own).Pool), c.now), c
}

// waits returns the seconds that a sign-in must wait, 0 when it may go ahead.
func waits(t *testing.T, th *throttle.Throttle, email string, client netip.Addr) float64 {
	t.Helper()
	_, err := th.SignIn(context.Background(), throttle.Account{Email: email}, client)
	return seconds(t, err)
}

func seconds(t *testing.T, err error) float64 {
	t.Helper()
	if err == nil {
		return 0
	}
	p, ok := errors.AsType[*apperr.Error](err)
	if !ok || p.Code != apperr.RateLimited || p.RetryAfter <= 0 {
		t.Fatalf("error: %v", err)
	}
	return p.RetryAfter.Seconds()
}

func TestFiveFailuresAreFreeAndThenWaitsDoubleToFifteenMinutes(t *testing.T) {
	th, c := setup(t)
	for range 5 {
		if w := waits(t, th, email, here); w != 0 {
			t.Fatalf("a free attempt had to wait %v s", w)
		}
	}
	doubling := []float64{30, 60, 120, 240, 480, 900, 900}
	t.Logf("figure: throttle: 5 failures of an account and address are free, then waits of %v s", doubling)
	for _, want := range doubling {
		if w := waits(t, th, email, here); w != want {
			t.Fatalf("wait of %v s, want %v", w, want)
		}
		c.sleep(time.Duration(want) * time.Second)
		if w := waits(t, th, email, here); w != 0 {
			t.Fatalf("still %v s to wait after %v", w, want)
		}
	}
}

func TestNobodyIsLockedOutFromAnotherAddressBeforeTheHourlyLimit(t *testing.T) {
	th, c := setup(t)
	for range 5 {
		waits(t, th, email, here)
	}
	if waits(t, th, email, here) == 0 {
		t.Fatal("the guesser may go on")
	}
	if w := waits(t, th, email, there); w != 0 {
		t.Fatalf("another address must wait %v s", w)
	}
	other := netip.MustParseAddr("198.51.100.0")
	for range 94 {
		other = other.Next()
		if w := waits(t, th, email, other); w != 0 {
			t.Fatalf("%s must wait %v s", other, w)
		}
	}
	if w := waits(t, th, email, netip.MustParseAddr("203.0.113.1")); w != 3600 {
		t.Fatalf("attempt 101 of the hour waits %v s, want 3600", w)
	}
	t.Logf("figure: throttle: an account's attempt 101 of an hour waits for the next, from whatever address")
	c.sleep(time.Hour)
	if w := waits(t, th, email, netip.MustParseAddr("203.0.113.1")); w != 0 {
		t.Fatalf("still %v s in the next hour", w)
	}
}

func TestAnUnknownAddressCountsForTheAccountAlone(t *testing.T) {
	th, _ := setup(t)
	for i := range 100 {
		if w := waits(t, th, email, netip.Addr{}); w != 0 {
			t.Fatalf("attempt %d waits %v s", i+1, w)
		}
	}
	if waits(t, th, email, netip.Addr{}) == 0 {
		t.Fatal("no hourly limit")
	}
}

func TestSuccessForgetsAndABlockedAttemptCountsNothing(t *testing.T) {
	f := setupKnown(t)
	for range 4 {
		f.fail(t, here)
	}
	f.succeed(t, here)
	for range 5 {
		if w := f.fail(t, here); w != 0 {
			t.Fatalf("%v s to wait after a success", w)
		}
	}
	for range 10 { // refused attempts do not lengthen the wait
		f.fail(t, here)
	}
	f.sleep(30 * time.Second)
	if w := f.fail(t, here); w != 0 {
		t.Fatalf("%v s to wait", w)
	}
}

func TestAnAttemptThatCouldNotBeMadeIsTakenBack(t *testing.T) {
	th, _ := setup(t)
	ctx := context.Background()
	for i := range 20 {
		attempt, err := th.SignIn(ctx, someone, here)
		if err != nil {
			t.Fatalf("attempt %d: %v", i+1, err)
		}
		if err := attempt.Refund(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTakingAnAttemptBackIsGivenUpSoon(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	timeouts := testdb.LongTimeouts
	timeouts.Brief = 10 * time.Millisecond
	attempt, err := throttle.New(db.New(pool, timeouts), time.Now).SignIn(t.Context(), someone, here)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	if _, err := tx.Exec(t.Context(), "lock table profile.attempts"); err != nil {
		t.Fatal(err)
	}
	testtime.Within(t, "giving up", 3*time.Second, func() time.Duration {
		return testtime.Elapsed(func() {
			if err := attempt.Refund(t.Context()); apperr.CodeOf(err) != apperr.Unavailable {
				t.Errorf("got %v", err)
			}
		})
	})
}

func TestOfManyAttemptsAtOnceFiveGoAhead(t *testing.T) {
	th, _ := setup(t)
	var ahead atomic.Int32
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			if _, err := th.SignIn(context.Background(), someone, here); err == nil {
				ahead.Add(1)
			} else if apperr.CodeOf(err) != apperr.RateLimited {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := ahead.Load(); n != 5 {
		t.Errorf("%d attempts went ahead, want 5", n)
	}
}

func TestOneClientIsAnIPv4AddressOrAnIPv6Network(t *testing.T) {
	th, _ := setup(t)
	for range 5 {
		waits(t, th, email, netip.MustParseAddr("2001:db8::1"))
	}
	if waits(t, th, email, netip.MustParseAddr("2001:db8::ffff:2")) == 0 {
		t.Error("another address of the same /64 may go on")
	}
	if waits(t, th, email, netip.MustParseAddr("2001:db8:0:1::1")) != 0 {
		t.Error("another /64 must wait")
	}
	for range 5 {
		waits(t, th, email, here)
	}
	if waits(t, th, email, netip.MustParseAddr("::ffff:"+here.String())) == 0 {
		t.Error("the same IPv4 address in IPv6 form may go on")
	}
}

// change counts a failed attempt to give the current password, and returns the
// seconds that it must wait.
func change(t *testing.T, th *throttle.Throttle, user uuid.UUID, token byte, client netip.Addr) float64 {
	t.Helper()
	_, err := th.ChangePassword(t.Context(), user, [32]byte{token}, client)
	return seconds(t, err)
}

func TestFailedSignInsNeverBlockChangingThePassword(t *testing.T) {
	th, _ := setup(t)
	user := uuid.New()
	for range 6 {
		waits(t, th, user.String(), here)
	}
	if w := change(t, th, user, 1, here); w != 0 {
		t.Fatalf("%v s to wait", w)
	}
}

func TestAStolenTokenDoesNotBlockTheOwnersPasswordChange(t *testing.T) {
	th, _ := setup(t)
	user := uuid.New()
	other := netip.MustParseAddr("198.51.100.1")
	for range 5 { // the address changes, the token does not
		if w := change(t, th, user, 1, other); w != 0 {
			t.Fatalf("a free attempt had to wait %v s", w)
		}
		other = other.Next()
	}
	if w := change(t, th, user, 1, other); w != 30 {
		t.Errorf("the sixth attempt of a token waits %v s", w)
	}
	if w := change(t, th, user, 2, here); w != 0 {
		t.Errorf("the owner's token waits %v s", w)
	}
}

func TestAnAddressHasFiveFailuresWhateverItsTokens(t *testing.T) {
	th, _ := setup(t)
	user := uuid.New()
	for token := range byte(5) {
		if w := change(t, th, user, token, here); w != 0 {
			t.Fatalf("a free attempt had to wait %v s", w)
		}
	}
	if w := change(t, th, user, 5, here); w != 30 {
		t.Errorf("the sixth attempt of an address waits %v s", w)
	}
	if w := change(t, th, uuid.New(), 5, here); w != 0 {
		t.Errorf("another user waits %v s", w)
	}
}

func TestTheLimitOfAUserBindsOnlyTokensThatFailed(t *testing.T) {
	th, _ := setup(t)
	user := uuid.New()
	for token := range byte(25) {
		for range 4 {
			if w := change(t, th, user, token, netip.Addr{}); w != 0 {
				t.Fatalf("token %d waits %v s", token, w)
			}
		}
	}
	if w := change(t, th, user, 1, netip.Addr{}); w != 3600 {
		t.Errorf("a token that failed waits %v s after 100 failures", w)
	}
	if w := change(t, th, user, 100, here); w != 0 {
		t.Errorf("a token that did not fail waits %v s", w)
	}
}

func TestTheTableTellsNothing(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	waits(t, throttle.New(testdb.WithLongTimeouts(database.Pool), time.Now), email, here)
	var rows string
	const all = "select coalesce(string_agg(a::text, ','), '') from profile.attempts a"
	if err := database.Pool.QueryRow(context.Background(), all).Scan(&rows); err != nil {
		t.Fatal(err)
	}
	if rows == "" || strings.Contains(rows, "example") || strings.Contains(rows, here.String()) {
		t.Errorf("rows: %s", rows)
	}
}
