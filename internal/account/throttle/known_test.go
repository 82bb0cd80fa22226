package throttle_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/account/throttle"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

// fixture is a throttle with one account.
type fixture struct {
	*throttle.Throttle
	*clock
	account throttle.Account
	db      *db.DB
	pool    *pgxpool.Pool
}

func setupFixture(t *testing.T) *fixture {
	t.Parallel()
	c := &clock{}
	c.unix.Store(1_800_000_000)
	pool := testdb.New(t, testdb.Own).Pool
	return &fixture{throttle.New(testdb.WithLongTimeouts(pool), c.now), c, someone, testdb.WithLongTimeouts(pool), pool}
}

// fail makes a failed sign-in and returns the wait in seconds, 0 for none.
func (f *fixture) fail(t *testing.T, from netip.Addr) float64 {
	t.Helper()
	_, err := f.SignIn(t.Context(), f.account, from)
	return seconds(t, err)
}

// succeed makes a successful sign-in.
func (f *fixture) succeed(t *testing.T, from netip.Addr) {
	t.Helper()
	attempt, err := f.SignIn(t.Context(), f.account, from)
	if err != nil {
		t.Fatal(err)
	}
	err = f.db.InTx(t.Context(), func(q *sqlc.Queries) error {
		if err := attempt.Succeeded(t.Context(), q); err != nil {
			return err
		}
		return throttle.RememberAddress(t.Context(), q, f.account.ID, from, f.now())
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) isKnown(t *testing.T, from netip.Addr) bool {
	t.Helper()
	attempt, err := f.SignIn(t.Context(), f.account, from)
	if err != nil {
		t.Fatal(err)
	}
	if err := attempt.Refund(t.Context()); err != nil {
		t.Fatal(err)
	}
	return attempt.Known
}

// otherAddress returns one of many addresses.
func otherAddress(n int) netip.Addr { return netip.MustParseAddr(fmt.Sprintf("198.51.100.%d", n)) }

func TestSuccessClearsOnlyTheCounterOfItsAddress(t *testing.T) {
	f := setupFixture(t)
	permitted, owner := 0, there
	for range 3 {
		for n := range 99 {
			if f.fail(t, otherAddress(n%25)) == 0 {
				permitted++
			}
		}
		owner = owner.Next() // a known address would be exempt from the limit of the account
		if attempt, err := f.SignIn(t.Context(), f.account, owner); err == nil {
			if err := attempt.Succeeded(t.Context(), f.db.Queries()); err != nil {
				t.Fatal(err)
			}
		}
		f.sleep(15 * time.Minute) // longer than the backoff of an address, shorter than the window of the account
	}
	if permitted > 100 {
		t.Errorf("%d attempts in an hour", permitted)
	}
}

func TestSuccessesDoNotCountTowardsTheAccountLimit(t *testing.T) {
	f := setupFixture(t)
	for range 101 {
		f.succeed(t, netip.Addr{})
	}
}

func TestFailuresElsewhereDoNotBlockAKnownAddress(t *testing.T) {
	f := setupFixture(t)
	f.succeed(t, here)
	for n := range 100 {
		if w := f.fail(t, otherAddress(n%25)); w != 0 {
			t.Fatalf("attempt %d waits %v s", n+1, w)
		}
	}
	if w := f.fail(t, there); w == 0 {
		t.Error("an unknown address has no hourly limit")
	}
	for range 5 {
		if w := f.fail(t, here); w != 0 {
			t.Errorf("the known address waits %v s", w)
		}
	}
	if w := f.fail(t, here); w != 30 {
		t.Errorf("its sixth failure waits %v s", w)
	}
}

func TestAddressStaysKnownForThirtyDaysOrUntilAPasswordChange(t *testing.T) {
	f := setupFixture(t)
	f.succeed(t, here)
	f.sleep(throttle.KnownAddressLife)
	if !f.isKnown(t, here) {
		t.Error("unknown within 30 days")
	}
	f.sleep(time.Second)
	if f.isKnown(t, here) {
		t.Error("known after 30 days")
	}
	f.succeed(t, here)
	changed := f.now().Add(time.Second)
	f.account.PasswordChangedAt = &changed
	if f.isKnown(t, here) {
		t.Error("known after a password change by the Python service")
	}
	f.account.PasswordChangedAt, f.account.ResetAt = nil, &changed
	if f.isKnown(t, here) {
		t.Error("known after a reset by an older release")
	}
}

func TestPasswordChangeForgetsOtherAddressesAndResetForgetsAll(t *testing.T) {
	f := setupFixture(t)
	f.succeed(t, otherAddress(1))
	f.sleep(throttle.KnownAddressLife)
	f.succeed(t, here)
	f.succeed(t, there)
	f.sleep(time.Second)
	changed := f.now()
	f.account.PasswordChangedAt = &changed
	change := func(from netip.Addr) {
		if err := throttle.ForgetOtherAddresses(t.Context(), f.db.Queries(), f.account.ID, from, changed); err != nil {
			t.Fatal(err)
		}
	}
	change(here)
	if !f.isKnown(t, here) || f.isKnown(t, there) {
		t.Error("the address of the change must be the only known one")
	}
	if err := throttle.Reset(t.Context(), f.db.Queries(), email, f.account.ID); err != nil {
		t.Fatal(err)
	}
	if f.isKnown(t, here) {
		t.Error("known after a reset")
	}
	f.succeed(t, there)
	change(netip.Addr{})
	change(here)
	change(otherAddress(1)) // its sign-in is older than 30 days
	if f.isKnown(t, here) || f.isKnown(t, there) || f.isKnown(t, otherAddress(1)) {
		t.Error("a change from an unknown address makes an address known")
	}
}

func TestInvalidAddressIsNeverKnown(t *testing.T) {
	f := setupFixture(t)
	f.succeed(t, netip.Addr{})
	if f.isKnown(t, netip.Addr{}) {
		t.Error("known")
	}
}

func TestKnownAddressesAreStoredAsHashes(t *testing.T) {
	f := setupFixture(t)
	f.succeed(t, here)
	var address []byte
	if err := f.pool.QueryRow(t.Context(), "select address_sha256 from profile.known_addresses").Scan(&address); err != nil || len(address) != 32 {
		t.Errorf("%x, %v", address, err)
	}
}
