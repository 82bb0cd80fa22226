package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testfault"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// maxLatency bounds the latency of a response while the database is unavailable:
// two seconds, plus a margin for a busy machine that is less than a second wait.
const maxLatency = 3500 * time.Millisecond

func TestReadinessDependsOnTheDatabaseAndLivenessDoesNot(t *testing.T) {
	t.Parallel()
	database := testdb.Server(t, testdb.Own, nil)
	s := testserver.On(t, testdb.Open(t, database.URL())) // the timeouts of testserver.On are long; a stopped database is detected at once
	token := "Authorization: Bearer " + s.Token(t, s.People(t).Admin)
	expect := func(when string, ready int, reads int) {
		t.Helper()
		await(t, ready, func() response { return send(t, http.MethodGet, s.URL+"/readyz", "") })
		for path, status := range map[string]int{"/healthz": http.StatusOK, "/api/health": http.StatusOK, "/readyz": ready, "/api/perfil": reads} {
			testtime.Within(t, when+": "+path, maxLatency, func() time.Duration {
				var resp response
				took := testtime.Elapsed(func() { resp = send(t, http.MethodGet, s.URL+path, "", token) })
				if resp.StatusCode != status {
					t.Errorf("%s: %s: got %d %s, want %d", when, path, resp.StatusCode, resp.text, status)
				}
				return took
			})
		}
		if resp := send(t, http.MethodHead, s.URL+"/readyz", ""); resp.StatusCode != ready || resp.text != "" {
			t.Errorf("%s: HEAD /readyz: got %d %s", when, resp.StatusCode, resp.text)
		}
	}
	expect("before", http.StatusOK, http.StatusOK)
	if err := database.Halt(); err != nil {
		t.Fatal(err)
	}
	expect("stopped", http.StatusServiceUnavailable, http.StatusServiceUnavailable)
	if err := database.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect("restarted", http.StatusOK, http.StatusOK)
}

// pings counts the pings of /readyz.
type pings struct{ atomic.Int64 }

func (p *pings) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if data.SQL == "select 1" {
		p.Add(1)
	}
	return ctx
}

func (*pings) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func TestAllCallersOfReadyzShareOnePingPerSecond(t *testing.T) {
	t.Parallel()
	cfg := testdb.Open(t, testdb.New(t, testdb.Own).URL).Config()
	counter := &pings{}
	cfg.ConnConfig.Tracer = counter
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	s := testserver.On(t, pool)
	took := testtime.Elapsed(func() {
		var callers sync.WaitGroup
		for range 10 {
			callers.Go(func() {
				for range 10 {
					for _, method := range []string{http.MethodGet, http.MethodHead} {
						if resp := send(t, method, s.URL+"/readyz", ""); resp.StatusCode != http.StatusOK {
							t.Errorf("%s: got %d", method, resp.StatusCode)
						}
					}
				}
			})
		}
		callers.Wait()
	})
	if got, most := counter.Load(), 1+int64(took/time.Second); got < 1 || got > most {
		t.Errorf("%d pings in %s, want at least 1 and at most %d", got, took, most)
	}
}

func TestDisconnectDuringReadyzDoesNotFailItForOthers(t *testing.T) {
	t.Parallel()
	proxy := testfault.NewProxy(t, testdb.New(t, testdb.Own).URL)
	s := testserver.On(t, testdb.Open(t, proxy.URL))
	proxy.Freeze()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/readyz", nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := http.DefaultTransport.RoundTrip(r); err == nil {
		_ = resp.Body.Close()
		t.Errorf("got %s, want no response", resp.Status)
	}
	proxy.Thaw()
	if resp := send(t, http.MethodGet, s.URL+"/readyz", ""); resp.StatusCode != http.StatusOK {
		t.Errorf("got %d %s", resp.StatusCode, resp.text)
	}
}

func TestReadsFailInTimeWhileTheDatabaseDoesNotRespondAndThenRecover(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	proxy := testfault.NewProxy(t, database.URL)
	pool, err := db.NewPool(t.Context(), proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	s := testserver.WithRealTimeouts(t, pool)
	token := "Authorization: Bearer " + s.Token(t, testserver.On(t, database.Pool).People(t).Admin)
	read := func() response { return send(t, http.MethodGet, s.URL+"/api/perfil", "", token) }

	testtime.Within(t, "the slowest response", maxLatency, func() time.Duration {
		await(t, http.StatusOK, read)
		proxy.Freeze()
		defer proxy.Thaw()
		return maxLatencyOf(t, read)
	})
	await(t, http.StatusOK, read)
}

// maxLatencyOf sends a request 20 times concurrently, each of which must fail with
// 503, and returns the longest latency.
func maxLatencyOf(t *testing.T, request func() response) time.Duration {
	took := make([]time.Duration, 20) // more than the pool has connections
	var all sync.WaitGroup
	for i := range took {
		all.Go(func() {
			var resp response
			took[i] = testtime.Elapsed(func() { resp = request() })
			if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
				t.Errorf("frozen: got %d %s", resp.StatusCode, resp.text)
			}
		})
	}
	all.Wait()
	return slices.Max(took)
}

func await(t *testing.T, status int, request func() response) {
	t.Helper()
	for deadline := time.Now().Add(testtime.MaxWait); ; time.Sleep(50 * time.Millisecond) {
		resp := request()
		if resp.StatusCode == status {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("got %d %s, want %d", resp.StatusCode, resp.text, status)
		}
	}
}

func TestUnavailableDatabaseIsLoggedAndCountedForGraphQLAndREST(t *testing.T) {
	t.Parallel()
	s := testserver.On(t, testdb.Open(t, "postgres://nobody@127.0.0.1:1/none"))
	token := "Authorization: Bearer " + s.Token(t, unknownUser())
	for _, resp := range []response{
		send(t, http.MethodPost, s.URL+"/graphql", meQuery, token),
		send(t, http.MethodGet, s.URL+"/api/perfil", "", token),
		send(t, http.MethodDelete, s.URL+"/api/perfil/integraciones/pms", "", token),
		send(t, http.MethodPost, s.URL+"/api/auth/login", `{"email":"a@b.example","password":"x"}`),
	} {
		if entry := logged(t, s.Log, "database unavailable", resp); !strings.Contains(entry["error"].(string), "connection refused") {
			t.Errorf("logged %v", entry)
		}
	}
	w := httptest.NewRecorder()
	s.App.Metrics.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	if line := `graphql_errors_total{code="UNAVAILABLE"} 4`; !strings.Contains(w.Body.String(), line+"\n") {
		t.Errorf("no line %s", line)
	}
}
