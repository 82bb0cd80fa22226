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

// known is an account on a throttle of its own.
type known struct {
	*throttle.Throttle
	*clock
	account throttle.Account
	db      *db.DB
	pool    *pgxpool.Pool
}

func setupKnown(t *testing.T) *known {
	t.Parallel()
	c := &clock{}
	c.unix.Store(1_800_000_000)
	pool := testdb.New(t, testdb.Own).Pool
	return &known{throttle.New(testdb.WithLongTimeouts(pool), c.now), c, someone, testdb.WithLongTimeouts(pool), pool}
}

// fail counts a failed sign-in, and returns the seconds that it must wait.
func (k *known) fail(t *testing.T, from netip.Addr) float64 {
	t.Helper()
	_, err := k.SignIn(t.Context(), k.account, from)
	return seconds(t, err)
}

// succeed signs in.
func (k *known) succeed(t *testing.T, from netip.Addr) {
	t.Helper()
	attempt, err := k.SignIn(t.Context(), k.account, from)
	if err != nil {
		t.Fatal(err)
	}
	err = k.db.InTx(t.Context(), func(q *sqlc.Queries) error {
		if err := attempt.Succeeded(t.Context(), q); err != nil {
			return err
		}
		return throttle.Remember(t.Context(), q, k.account.ID, from, k.now())
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (k *known) isKnown(t *testing.T, from netip.Addr) bool {
	t.Helper()
	attempt, err := k.SignIn(t.Context(), k.account, from)
	if err != nil {
		t.Fatal(err)
	}
	if err := attempt.Refund(t.Context()); err != nil {
		t.Fatal(err)
	}
	return attempt.Known
}

// stranger is one of many addresses.
func stranger(n int) netip.Addr { return netip.MustParseAddr(fmt.Sprintf("198.51.100.%d", n)) }

func TestASuccessClearsTheCountOfItsOwnAddressOnly(t *testing.T) {
	k := setupKnown(t)
	tried, owner := 0, there
	for range 3 {
		for n := range 99 {
			if k.fail(t, stranger(n%25)) == 0 {
				tried++
			}
		}
		owner = owner.Next() // a known one has no limit of the account
		if attempt, err := k.SignIn(t.Context(), k.account, owner); err == nil {
			if err := attempt.Succeeded(t.Context(), k.db.Queries()); err != nil {
				t.Fatal(err)
			}
		}
		k.sleep(15 * time.Minute) // the waits of the addresses, not the hour of the account
	}
	if tried > 100 {
		t.Errorf("%d guesses were tried in an hour", tried)
	}
}

func TestSuccessesDoNotUseUpTheLimitOfTheAccount(t *testing.T) {
	k := setupKnown(t)
	for range 101 {
		k.succeed(t, netip.Addr{})
	}
}

func TestAGuesserCannotLockOutAKnownAddress(t *testing.T) {
	k := setupKnown(t)
	k.succeed(t, here)
	for n := range 100 {
		if w := k.fail(t, stranger(n%25)); w != 0 {
			t.Fatalf("guess %d waits %v s", n+1, w)
		}
	}
	if w := k.fail(t, there); w == 0 {
		t.Error("an unknown address has no hourly limit")
	}
	for range 5 {
		if w := k.fail(t, here); w != 0 {
			t.Errorf("the known address waits %v s", w)
		}
	}
	if w := k.fail(t, here); w != 30 {
		t.Errorf("its own sixth failure waits %v s", w)
	}
}

func TestHowLongAnAddressIsKnown(t *testing.T) {
	k := setupKnown(t)
	k.succeed(t, here)
	k.sleep(throttle.KnownAddressLife)
	if !k.isKnown(t, here) {
		t.Error("forgotten within 30 days")
	}
	k.sleep(time.Second)
	if k.isKnown(t, here) {
		t.Error("known after 30 days")
	}
	k.succeed(t, here)
	changed := k.now().Add(time.Second)
	k.account.PasswordChangedAt = &changed
	if k.isKnown(t, here) {
		t.Error("known after the Python service changed the password")
	}
	k.account.PasswordChangedAt, k.account.ResetAt = nil, &changed
	if k.isKnown(t, here) {
		t.Error("known after an older release reset the password")
	}
}

func TestAPasswordChangeForgetsTheOtherAddressesAndAResetAll(t *testing.T) {
	k := setupKnown(t)
	k.succeed(t, stranger(1))
	k.sleep(throttle.KnownAddressLife)
	k.succeed(t, here)
	k.succeed(t, there)
	k.sleep(time.Second)
	changed := k.now()
	k.account.PasswordChangedAt = &changed
	change := func(from netip.Addr) {
		if err := throttle.ForgetOthers(t.Context(), k.db.Queries(), k.account.ID, from, changed); err != nil {
			t.Fatal(err)
		}
	}
	change(here)
	if !k.isKnown(t, here) || k.isKnown(t, there) {
		t.Error("not the address of the change alone is known")
	}
	if err := throttle.Reset(t.Context(), k.db.Queries(), email, k.account.ID); err != nil {
		t.Fatal(err)
	}
	if k.isKnown(t, here) {
		t.Error("known after a reset")
	}
	k.succeed(t, there)
	change(netip.Addr{})
	change(here)
	change(stranger(1)) // its sign-in was too long ago
	if k.isKnown(t, here) || k.isKnown(t, there) || k.isKnown(t, stranger(1)) {
		t.Error("a change from an unknown address makes an address known")
	}
}

func TestWithoutAnAddressNothingIsKnown(t *testing.T) {
	k := setupKnown(t)
	k.succeed(t, netip.Addr{})
	if k.isKnown(t, netip.Addr{}) {
		t.Error("known")
	}
}

func TestKnownAddressesAreStoredAsHashes(t *testing.T) {
	k := setupKnown(t)
	k.succeed(t, here)
	var address []byte
	if err := k.pool.QueryRow(t.Context(), "select address_sha256 from profile.known_addresses").Scan(&address); err != nil || len(address) != 32 {
		t.Errorf("%x, %v", address, err)
	}
}
