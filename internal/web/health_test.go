package web_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestAllCallersOfReadyzShareOnePingPerSecond(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	before := s.Pool.Stat().AcquireCount()
	took := testtime.Elapsed(func() {
		var callers sync.WaitGroup
		for range 10 {
			callers.Go(func() {
				for range 20 {
					if resp := s.Send(t, "", http.MethodGet, "/readyz", ""); resp.Status != http.StatusOK {
						t.Errorf("got %d", resp.Status)
					}
				}
			})
		}
		callers.Wait()
	})
	if got, most := s.Pool.Stat().AcquireCount()-before, 1+int64(took/time.Second); got < 1 || got > most {
		t.Errorf("%d pings in %s, want at least 1 and at most %d", got, took, most)
	}
}

func TestDisconnectDuringReadyzDoesNotFailItForOthers(t *testing.T) {
	t.Parallel()
	proxy := testdb.NewProxy(t, testdb.New(t, testdb.Own).URL)
	s := testserver.On(t, testdb.Open(t, proxy.URL))
	proxy.Freeze()
	getBriefly(t, s.URL+"/readyz", "")
	proxy.Thaw()
	if resp := s.Send(t, "", http.MethodGet, "/readyz", ""); resp.Status != http.StatusOK {
		t.Errorf("got %d %s", resp.Status, resp.Body)
	}
}
