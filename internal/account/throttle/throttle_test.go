package throttle_test

import (
	"context"
	"net/netip"
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

func TestBackoffDoublesToFifteenMinutesAfterFiveFailures(t *testing.T) {
	f := setup(t)
	for n := range 5 {
		f.wantWait(t, f.account, sameNetwork(n), 0)
	}
	backoffs := []float64{30, 60, 120, 240, 480, 900, 900}
	t.Logf("figure: throttle: 5 failures of an account and address are free, then a backoff of %v s", backoffs)
	for n, want := range append(backoffs, 900, 900) { // longer than an hour
		f.wantWait(t, f.account, sameNetwork(n), want)
		f.Advance(time.Duration(want) * time.Second)
		f.wantWait(t, f.account, sameNetwork(n), 0)
	}
	f.Advance(15*time.Minute + time.Hour)
	for n := range 5 {
		f.wantWait(t, f.account, sameNetwork(n), 0)
	}
}

func TestOtherAddressesAreBlockedOnlyByTheHourlyLimit(t *testing.T) {
	f := setup(t)
	for range 5 {
		f.wantWait(t, f.account, here, 0)
	}
	f.wantWait(t, f.account, here, 30)
	for n := range 95 {
		f.wantWait(t, f.account, otherAddress(n), 0)
	}
	f.wantWait(t, f.account, otherAddress(200), 3600)
	t.Logf("figure: throttle: attempt 101 of an account in an hour waits for the next hour, from every unknown address")
	f.Advance(time.Hour)
	f.wantWait(t, f.account, otherAddress(200), 0)
}

func TestAddressHasFiftyFailuresAnHourOverAllAccounts(t *testing.T) {
	f := setup(t)
	f.succeed(t, sameNetwork(0))
	for n := range 50 {
		f.wantWait(t, otherAccount(n), sameNetwork(n), 0)
	}
	f.Advance(30 * time.Minute)
	f.wantWait(t, otherAccount(50), sameNetwork(50), 1800)
	t.Logf("figure: throttle: attempt 51 of an address in an hour, over all accounts, waits for the next hour")
	// An account that knows the address may sign in, which clears no failure of others.
	f.succeed(t, sameNetwork(0))
	f.wantWait(t, otherAccount(50), sameNetwork(50), 1800)
	f.wantKnown(t, sameNetwork(0), true) // with a refund
	f.wantWait(t, otherAccount(50), sameNetwork(50), 1800)
	f.wantWait(t, f.account, sameNetwork(0), 0)
	f.wantWait(t, otherAccount(50), there, 0)
	f.Advance(30 * time.Minute)
	f.wantWait(t, otherAccount(50), sameNetwork(50), 0)
}

func TestSuccessClearsOnlyTheCounterOfItsAddress(t *testing.T) {
	f := setup(t)
	permitted, owner := 0, there
	for range 3 {
		for n := range 99 {
			if _, err := f.SignIn(t.Context(), f.account, otherAddress(n%25)); err == nil {
				permitted++
			}
		}
		owner = owner.Next() // a known address would be exempt from the limit of the account
		if attempt, err := f.SignIn(t.Context(), f.account, owner); err == nil {
			if err := attempt.Succeeded(t.Context(), f.db.Queries()); err != nil {
				t.Fatal(err)
			}
		}
		f.Advance(15 * time.Minute) // longer than the backoff of an address, shorter than the window of the account
	}
	if permitted > 100 {
		t.Errorf("%d attempts in an hour", permitted)
	}
}

func TestRefundTimesOut(t *testing.T) {
	f := setup(t)
	timeouts := testdb.LongTimeouts
	timeouts.Brief = 10 * time.Millisecond
	attempt, err := throttle.New(db.New(f.pool, timeouts), f.Now).SignIn(t.Context(), f.account, here)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := f.pool.Begin(t.Context())
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
	f := setup(t)
	var permitted atomic.Int32
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			if _, err := f.SignIn(t.Context(), f.account, here); err == nil {
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

func TestAddressLimitAppliesAcrossTokens(t *testing.T) {
	f := setup(t)
	user := uuid.New()
	for token := range byte(5) {
		f.wantChangeWait(t, user, token, sameNetwork(int(token)), 0)
	}
	f.wantChangeWait(t, user, 5, sameNetwork(5), 30)
	f.wantChangeWait(t, uuid.New(), 5, sameNetwork(5), 0)
}

func TestUserLimitBlocksOnlyTokensThatFailed(t *testing.T) {
	f := setup(t)
	user := uuid.New()
	for token := range byte(25) {
		for range 4 {
			f.wantChangeWait(t, user, token, netip.Addr{}, 0)
		}
	}
	f.wantChangeWait(t, user, 1, netip.Addr{}, 3600)
	f.wantChangeWait(t, user, 100, here, 0)
}

func TestStoredKeysRevealNoEmailOrAddress(t *testing.T) {
	f := setup(t)
	f.wantWait(t, f.account, here, 0)
	f.succeed(t, here)
	rows := testdb.Value[string](t, f.pool, `select (select string_agg(a::text, ',') from profile.attempts a)
		|| (select string_agg(k::text || length(k.address_sha256), ',') from profile.known_addresses k)`)
	if !strings.HasSuffix(rows, ")32") || strings.Contains(rows, "example") || strings.Contains(rows, here.String()) {
		t.Errorf("rows: %s", rows)
	}
}
