package faults

import (
	"net/url"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testfault"
)

// The primary is killed under load and a synchronous standby is promoted. The server
// has the addresses of both, as docs/operations.md says, that of the standby first.
func TestFailoverToAnotherHost(t *testing.T) {
	t.Parallel()
	primary := testdb.Server(t)
	toPrimary := testfault.NewProxy(t, primary.URL())
	standby := primary.Standby(t, toPrimary.URL)
	toStandby := testfault.NewProxy(t, standby.URL())

	load := startLoad(t, bothHosts(t, toStandby.URL, toPrimary.URL))
	if err := primary.Crash(); err != nil {
		t.Fatal(err)
	}
	load.awaitReady(503)
	standby.Promote(t)
	promoted := time.Now()
	ready := load.awaitReady(200)
	load.awaitSaves(someSaves)
	t.Logf("figure: %s: ready %s and %d saves %s after the promotion", t.Name(),
		ready.Round(time.Millisecond), someSaves, time.Since(promoted).Round(time.Millisecond))
	load.finish()
	if err := primary.Resume(t.Context()); err != nil { // its cleanup stops it
		t.Fatal(err)
	}
}

// bothHosts returns the first URL with the hosts of both and the parameter that selects
// the primary.
func bothHosts(t *testing.T, first, second string) string {
	t.Helper()
	a, err := url.Parse(first)
	if err != nil {
		t.Fatal(err)
	}
	b, err := url.Parse(second)
	if err != nil {
		t.Fatal(err)
	}
	a.Host += "," + b.Host
	a.RawQuery += "&target_session_attrs=read-write"
	return a.String()
}
