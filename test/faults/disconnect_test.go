package faults

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testfault"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// disconnects is the number of clients that disconnect before the response.
const disconnects = 300

func TestDisconnectingClientsKeepDatabaseConnectionsOpen(t *testing.T) {
	t.Parallel()
	proxy := testfault.NewProxy(t, testdb.New(t, testdb.Own).URL)
	pool := testdb.Open(t, proxy.URL)
	server := testserver.On(t, pool, func(c *config.Config) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	openAll(t, pool)
	proxy.Delay(2 * time.Millisecond)
	for _, c := range []struct{ method, path, body string }{
		{http.MethodGet, "/readyz", ""},
		{http.MethodPost, "/api/auth/login", `{"email":"somebody@example.com","password":"Some-Horse-1"}`},
	} {
		opened, accepted := pool.Stat().NewConnsCount(), proxy.Accepted()
		gone := disconnect(t, c.method, server.URL+c.path, c.body)
		wantAllReleased(t, pool)
		opened, accepted = pool.Stat().NewConnsCount()-opened, proxy.Accepted()-accepted
		t.Logf("figure: %s: %d clients, %d gone before the response: %d connections opened by the pool, %d seen by the proxy",
			c.path, disconnects, gone, opened, accepted)
		if opened != 0 || accepted != 0 {
			t.Errorf("%s: the pool opened %d connections, the proxy accepted %d", c.path, opened, accepted)
		}
		if c.path != "/readyz" && gone < disconnects/2 { // most clients of /readyz get a cached result
			t.Errorf("%s: only %d clients were gone before the response", c.path, gone)
		}
	}
	if status := get(server.URL + "/readyz"); status != http.StatusOK {
		t.Errorf("/readyz has status %d afterwards", status)
	}
}

// openAll opens as many connections as the pool may have.
func openAll(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	for range pool.Config().MaxConns {
		conn, err := pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Release()
	}
}

// disconnect sends requests from different addresses and closes their connections
// after 1 to 8 ms. It returns the number of requests without a response by then.
func disconnect(t *testing.T, method, url, body string) (gone int64) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	var next, cut atomic.Int64
	var clients sync.WaitGroup
	for range 16 {
		clients.Go(func() {
			for n := next.Add(1); n <= disconnects; n = next.Add(1) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+n%8)*time.Millisecond)
				request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
				if err != nil {
					panic(err)
				}
				request.Header.Set("Content-Type", "application/json")
				request.Header.Set("X-Forwarded-For", fmt.Sprintf("192.0.2.%d", n%256))
				if response, err := client.Do(request); err != nil {
					cut.Add(1)
				} else {
					_, _ = io.Copy(io.Discard, response.Body)
					_ = response.Body.Close()
				}
				cancel()
			}
		})
	}
	clients.Wait()
	return cut.Load()
}
