package throttle_test

import (
	"context"
	"errors"
	"fmt"
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

// someone is an account without a known address.
var someone = throttle.Account{Email: email, ID: uuid.MustParse("0f0e0d0c-0000-4000-8000-00000000a001")}

var (
	here  = netip.MustParseAddr("192.0.2.1")
	there = netip.MustParseAddr("192.0.2.2")
)

// clock is a manual clock.
type clock struct{ unix atomic.Int64 }

func (c *clock) now() time.Time        { return time.Unix(c.unix.Load(), 0) }
func (c *clock) sleep(d time.Duration) { c.unix.Add(int64(d.Seconds())) }

func setup(t *testing.T) (*throttle.Throttle, *clock) {
	t.Parallel()
	c := &clock{}
	c.unix.Store(1_800_000_000)
	return throttle.New(testdb.WithLongTimeouts(testdb.New(t, testdb.Own).Pool), c.now), c
}

// signInWait makes a failed sign-in and returns its wait in seconds, 0 for none.
func signInWait(t *testing.T, th *throttle.Throttle, email string, client netip.Addr) float64 {
	t.Helper()
	_, err := th.SignIn(context.Background(), throttle.Account{Email: email}, client)
	return seconds(t, err)
}

func seconds(t *testing.T, err error) float64 {
	t.Helper()
	if err == nil {
		return 0
	}
	e, ok := errors.AsType[*apperr.Error](err)
	if !ok || e.Code != apperr.RateLimited || e.RetryAfter <= 0 {
		t.Fatalf("error: %v", err)
	}
	return e.RetryAfter.Seconds()
}

func TestBackoffDoublesToFifteenMinutesAfterFiveFailures(t *testing.T) {
	th, c := setup(t)
	for range 5 {
		if w := signInWait(t, th, email, here); w != 0 {
			t.Fatalf("a free attempt waits %v s", w)
		}
	}
	backoffs := []float64{30, 60, 120, 240, 480, 900, 900}
	t.Logf("figure: throttle: 5 failures of an account and address are free, then a backoff of %v s", backoffs)
	for _, want := range backoffs {
		if w := signInWait(t, th, email, here); w != want {
			t.Fatalf("backoff of %v s, want %v", w, want)
		}
		c.sleep(time.Duration(want) * time.Second)
		if w := signInWait(t, th, email, here); w != 0 {
			t.Fatalf("still %v s to wait after a backoff of %v s", w, want)
		}
	}
}

func TestOtherAddressesAreBlockedOnlyByTheHourlyLimit(t *testing.T) {
	th, c := setup(t)
	for range 5 {
		signInWait(t, th, email, here)
	}
	if signInWait(t, th, email, here) == 0 {
		t.Fatal("the sixth attempt is permitted")
	}
	if w := signInWait(t, th, email, there); w != 0 {
		t.Fatalf("another address waits %v s", w)
	}
	other := netip.MustParseAddr("198.51.100.0")
	for range 94 {
		other = other.Next()
		if w := signInWait(t, th, email, other); w != 0 {
			t.Fatalf("%s waits %v s", other, w)
		}
	}
	if w := signInWait(t, th, email, netip.MustParseAddr("203.0.113.1")); w != 3600 {
		t.Fatalf("attempt 101 of the hour waits %v s, want 3600", w)
	}
	t.Logf("figure: throttle: attempt 101 of an account in an hour waits for the next hour, from every unknown address")
	c.sleep(time.Hour)
	if w := signInWait(t, th, email, netip.MustParseAddr("203.0.113.1")); w != 0 {
		t.Fatalf("still %v s in the next hour", w)
	}
}

func TestAddressHasFiftyFailuresAnHourOverAllAccounts(t *testing.T) {
	f := setupFixture(t)
	account := func(n int) string { return fmt.Sprintf("account-%d@example.com", n) }
	network := func(n int) netip.Addr { return netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", n+1)) }
	f.succeed(t, network(0))
	for n := range 50 {
		if w := signInWait(t, f.Throttle, account(n), network(n)); w != 0 {
			t.Fatalf("attempt %d of the hour waits %v s", n+1, w)
		}
	}
	f.sleep(30 * time.Minute)
	if w := signInWait(t, f.Throttle, account(50), network(50)); w != 1800 {
		t.Errorf("attempt 51 of the hour waits %v s, want 1800", w)
	}
	t.Logf("figure: throttle: attempt 51 of an address in an hour, over all accounts, waits for the next hour")
	f.succeed(t, network(0))
	if w := signInWait(t, f.Throttle, account(50), network(50)); w != 1800 {
		t.Errorf("after a success of another account, attempt 51 waits %v s, want 1800", w)
	}
	if attempt, err := f.SignIn(t.Context(), f.account, network(0)); err != nil || attempt.Refund(t.Context()) != nil {
		t.Errorf("an account that knows the address: %v", err)
	}
	if w := signInWait(t, f.Throttle, account(50), network(50)); w != 1800 {
		t.Errorf("after a refund of another account, attempt 51 waits %v s, want 1800", w)
	}
	if w := f.fail(t, network(0)); w != 0 {
		t.Errorf("an account that knows the address waits %v s", w)
	}
	if w := signInWait(t, f.Throttle, account(50), there); w != 0 {
		t.Errorf("another address waits %v s", w)
	}
	f.sleep(30 * time.Minute)
	if w := signInWait(t, f.Throttle, account(50), network(50)); w != 0 {
		t.Errorf("still %v s in the next hour", w)
	}
}

func TestSuccessOnOneAccountDoesNotClearTheFailuresOfTheAddress(t *testing.T) {
	f := setupFixture(t)
	for n := range 49 {
		signInWait(t, f.Throttle, fmt.Sprintf("account-%d@example.com", n), here)
	}
	for range 3 {
		f.succeed(t, here)
	}
	if w := signInWait(t, f.Throttle, "account-49@example.com", here); w != 0 {
		t.Errorf("attempt 50 of the hour waits %v s", w)
	}
	if signInWait(t, f.Throttle, "account-50@example.com", here) == 0 {
		t.Error("a success cleared the failures on other accounts")
	}
}

func TestInvalidAddressCountsTowardsTheAccountLimitOnly(t *testing.T) {
	th, _ := setup(t)
	for i := range 100 {
		if w := signInWait(t, th, email, netip.Addr{}); w != 0 {
			t.Fatalf("attempt %d waits %v s", i+1, w)
		}
	}
	if signInWait(t, th, email, netip.Addr{}) == 0 {
		t.Fatal("no hourly limit")
	}
}

func TestSuccessResetsTheCounterAndRefusedAttemptsDoNotCount(t *testing.T) {
	f := setupFixture(t)
	for range 4 {
		f.fail(t, here)
	}
	f.succeed(t, here)
	for range 5 {
		if w := f.fail(t, here); w != 0 {
			t.Fatalf("waits %v s after a success", w)
		}
	}
	for range 10 { // refused attempts must not extend the backoff
		f.fail(t, here)
	}
	f.sleep(30 * time.Second)
	if w := f.fail(t, here); w != 0 {
		t.Fatalf("waits %v s", w)
	}
}

func TestRefundedAttemptsDoNotCount(t *testing.T) {
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

func TestRefundTimesOut(t *testing.T) {
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
	testdb.Exec(t, tx, "lock table profile.attempts")
	testtime.Within(t, "the timeout of Refund", 3*time.Second, func() time.Duration {
		return testtime.Elapsed(func() {
			if err := attempt.Refund(t.Context()); apperr.CodeOf(err) != apperr.Unavailable {
				t.Errorf("got %v", err)
			}
		})
	})
}

func TestFiveOfManyConcurrentAttemptsProceed(t *testing.T) {
	th, _ := setup(t)
	var permitted atomic.Int32
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			if _, err := th.SignIn(context.Background(), someone, here); err == nil {
				permitted.Add(1)
			} else if apperr.CodeOf(err) != apperr.RateLimited {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := permitted.Load(); n != 5 {
		t.Errorf("%d attempts are permitted, want 5", n)
	}
}

func TestClientIsAnIPv4AddressOrAnIPv6Network(t *testing.T) {
	th, _ := setup(t)
	for range 5 {
		signInWait(t, th, email, netip.MustParseAddr("2001:db8::1"))
	}
	if signInWait(t, th, email, netip.MustParseAddr("2001:db8::ffff:2")) == 0 {
		t.Error("another address of the same /64 is permitted")
	}
	if signInWait(t, th, email, netip.MustParseAddr("2001:db8:0:1::1")) != 0 {
		t.Error("another /64 waits")
	}
	for range 5 {
		signInWait(t, th, email, here)
	}
	if signInWait(t, th, email, netip.MustParseAddr("::ffff:"+here.String())) == 0 {
		t.Error("the same IPv4 address in IPv6 form is permitted")
	}
}

// changeWait makes a password change with a wrong current password and returns its
// wait in seconds, 0 for none.
func changeWait(t *testing.T, th *throttle.Throttle, user uuid.UUID, token byte, client netip.Addr) float64 {
	t.Helper()
	_, err := th.ChangePassword(t.Context(), user, [32]byte{token}, client)
	return seconds(t, err)
}

func TestFailedSignInsDoNotBlockPasswordChanges(t *testing.T) {
	th, _ := setup(t)
	user := uuid.New()
	for range 6 {
		signInWait(t, th, user.String(), here)
	}
	if w := changeWait(t, th, user, 1, here); w != 0 {
		t.Fatalf("waits %v s", w)
	}
}

func TestFailuresOfOneTokenDoNotBlockAnotherToken(t *testing.T) {
	th, _ := setup(t)
	user := uuid.New()
	other := netip.MustParseAddr("198.51.100.1")
	for range 5 { // one token, several addresses
		if w := changeWait(t, th, user, 1, other); w != 0 {
			t.Fatalf("a free attempt waits %v s", w)
		}
		other = other.Next()
	}
	if w := changeWait(t, th, user, 1, other); w != 30 {
		t.Errorf("the sixth attempt of a token waits %v s", w)
	}
	if w := changeWait(t, th, user, 2, here); w != 0 {
		t.Errorf("the owner's token waits %v s", w)
	}
}

func TestAddressLimitAppliesAcrossTokens(t *testing.T) {
	th, _ := setup(t)
	user := uuid.New()
	for token := range byte(5) {
		if w := changeWait(t, th, user, token, here); w != 0 {
			t.Fatalf("a free attempt waits %v s", w)
		}
	}
	if w := changeWait(t, th, user, 5, here); w != 30 {
		t.Errorf("the sixth attempt of an address waits %v s", w)
	}
	if w := changeWait(t, th, uuid.New(), 5, here); w != 0 {
		t.Errorf("another user waits %v s", w)
	}
}

func TestUserLimitBlocksOnlyTokensThatFailed(t *testing.T) {
	th, _ := setup(t)
	user := uuid.New()
	for token := range byte(25) {
		for range 4 {
			if w := changeWait(t, th, user, token, netip.Addr{}); w != 0 {
				t.Fatalf("token %d waits %v s", token, w)
			}
		}
	}
	if w := changeWait(t, th, user, 1, netip.Addr{}); w != 3600 {
		t.Errorf("a token with failures waits %v s after 100 failures", w)
	}
	if w := changeWait(t, th, user, 100, here); w != 0 {
		t.Errorf("a token without failures waits %v s", w)
	}
}

func TestStoredKeysRevealNoEmailOrAddress(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	signInWait(t, throttle.New(testdb.WithLongTimeouts(database.Pool), time.Now), email, here)
	var rows string
	const all = "select coalesce(string_agg(a::text, ','), '') from profile.attempts a"
	if err := database.Pool.QueryRow(context.Background(), all).Scan(&rows); err != nil {
		t.Fatal(err)
	}
	if rows == "" || strings.Contains(rows, "example") || strings.Contains(rows, here.String()) {
		t.Errorf("rows: %s", rows)
	}
}
