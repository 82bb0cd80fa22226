package throttle_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/account/throttle"
)

func TestKnownAddressIsExemptFromTheLimitOfTheAccountOnly(t *testing.T) {
	f := setup(t)
	f.succeed(t, here)
	for n := range 100 {
		f.wantWait(t, f.account, otherAddress(n%25), 0)
	}
	f.wantWait(t, f.account, there, 3600)
	for range 5 {
		f.wantWait(t, f.account, here, 0)
	}
	f.wantWait(t, f.account, here, 30)
}

func TestAddressStaysKnownForThirtyDaysOrUntilAPasswordChange(t *testing.T) {
	f := setup(t)
	f.succeed(t, here)
	f.Advance(throttle.KnownAddressLife)
	f.wantKnown(t, here, true)
	f.Advance(time.Second)
	f.wantKnown(t, here, false)
	f.succeed(t, here)
	changed := f.Now().Add(time.Second)
	f.account.PasswordChangedAt = &changed // by the Python service
	f.wantKnown(t, here, false)
	f.account.PasswordChangedAt, f.account.ResetAt = nil, &changed // by an older release
	f.wantKnown(t, here, false)
}

func TestPasswordChangeForgetsOtherAddressesAndResetForgetsAll(t *testing.T) {
	f := setup(t)
	f.succeed(t, otherAddress(1))
	f.Advance(throttle.KnownAddressLife)
	f.succeed(t, here)
	f.succeed(t, there)
	f.Advance(time.Second)
	changed := f.Now()
	f.account.PasswordChangedAt = &changed
	change := func(from netip.Addr) {
		if err := throttle.ForgetOtherAddresses(t.Context(), f.db.Queries(), f.account.ID, from, changed); err != nil {
			t.Fatal(err)
		}
	}
	change(here)
	f.wantKnown(t, here, true)
	f.wantKnown(t, there, false)
	if err := throttle.Reset(t.Context(), f.db.Queries(), email, f.account.ID); err != nil {
		t.Fatal(err)
	}
	f.wantKnown(t, here, false)
	f.succeed(t, there)
	// A change from an unknown address makes no address known.
	for _, from := range []netip.Addr{{}, here, otherAddress(1)} { // the sign-in from the last is older than 30 days
		change(from)
	}
	for _, from := range []netip.Addr{here, there, otherAddress(1)} {
		f.wantKnown(t, from, false)
	}
}
