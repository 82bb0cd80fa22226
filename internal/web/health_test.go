package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testfault"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestReadinessDependsOnTheDatabaseAndLivenessDoesNot(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	proxy := testfault.NewClosedProxy(t, database.URL)
	s := testserver.On(t, testdb.Open(t, proxy.URL))
	token := "Authorization: Bearer " + s.Token(t, testserver.On(t, database.Pool).People(t).Admin)
	wantStatus := func(status int) {
		t.Helper()
		testtime.Eventually(t, "the status of /readyz", func() bool {
			return send(t, http.MethodGet, s.URL+"/readyz", "").StatusCode == status
		})
		for path, want := range map[string]int{"/healthz": http.StatusOK, "/api/health": http.StatusOK, "/api/perfil": status} {
			resp := send(t, http.MethodGet, s.URL+path, "", token)
			if retries := resp.Header.Get("Retry-After") != ""; resp.StatusCode != want || retries != (want != http.StatusOK) {
				t.Errorf("%s: got %d %s, want %d", path, resp.StatusCode, resp.text, want)
			}
		}
		if resp := send(t, http.MethodHead, s.URL+"/readyz", ""); resp.StatusCode != status || resp.text != "" {
			t.Errorf("HEAD /readyz: got %d %s", resp.StatusCode, resp.text)
		}
	}
	wantStatus(http.StatusServiceUnavailable)
	proxy.Open(t)
	wantStatus(http.StatusOK)
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
