package auth_test

import (
	"net/netip"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/auth"
)

func TestNetworkIsAnIPv4AddressOrAnIPv6Network(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:db8::ffff:2": "2001:db8::/64", "2001:db8:0:1::1": "2001:db8:0:1::/64",
		"fe80::1%eth0": "fe80::/64",
	} {
		if got := auth.Network(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
	if got := auth.Network(netip.Addr{}); got != "" {
		t.Errorf("an invalid address: %s", got)
	}
}
