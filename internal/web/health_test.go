package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testfault"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// soon is how long a caller may wait for the news that the database is away:
// two seconds, and more on a machine that is busy with other tests, but less
// than two waits in a row.
const soon = 3500 * time.Millisecond

func TestReadinessFollowsTheDatabaseAndLifeDoesNot(t *testing.T) {
	t.Parallel()
	database := testdb.Server(t, testdb.Own, nil)
	s := testserver.On(t, testdb.Open(t, database.URL())) // patient: a database that is halted is noticed at once
	token := "Authorization: Bearer " + s.Token(t, s.People(t).Admin)
	expect := func(when string, ready int, reads int) {
		t.Helper()
		await(t, ready, func() reply { return send(t, http.MethodGet, s.URL+"/readyz", "") })
		for path, status := range map[string]int{"/healthz": http.StatusOK, "/api/health": http.StatusOK, "/readyz": ready, "/api/perfil": reads} {
			testtime.Within(t, when+": "+path, soon, func() time.Duration {
				var answer reply
				took := testtime.Elapsed(func() { answer = send(t, http.MethodGet, s.URL+path, "", token) })
				if answer.StatusCode != status {
					t.Errorf("%s: %s: got %d %s, want %d", when, path, answer.StatusCode, answer.text, status)
				}
				return took
			})
		}
		if answer := send(t, http.MethodHead, s.URL+"/readyz", ""); answer.StatusCode != ready || answer.text != "" {
			t.Errorf("%s: HEAD /readyz: got %d %s", when, answer.StatusCode, answer.text)
		}
	}
	expect("at first", http.StatusOK, http.StatusOK)
	if err := database.Halt(); err != nil {
		t.Fatal(err)
	}
	expect("halted", http.StatusServiceUnavailable, http.StatusServiceUnavailable)
	if err := database.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect("back", http.StatusOK, http.StatusOK)
}

// pings counts what /readyz asks.
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
	asked := &pings{}
	cfg.ConnConfig.Tracer = asked
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
						if answer := send(t, method, s.URL+"/readyz", ""); answer.StatusCode != http.StatusOK {
							t.Errorf("%s: got %d", method, answer.StatusCode)
						}
					}
				}
			})
		}
		callers.Wait()
	})
	if got, most := asked.Load(), 1+int64(took/time.Second); got < 1 || got > most {
		t.Errorf("%d pings in %s, want at least 1 and at most %d", got, took, most)
	}
}

func TestAClientOfReadyzThatDisconnectsDoesNotFailItForOthers(t *testing.T) {
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
	if answer, err := http.DefaultTransport.RoundTrip(r); err == nil {
		_ = answer.Body.Close()
		t.Errorf("answered with %s", answer.Status)
	}
	proxy.Thaw()
	if answer := send(t, http.MethodGet, s.URL+"/readyz", ""); answer.StatusCode != http.StatusOK {
		t.Errorf("got %d %s", answer.StatusCode, answer.text)
	}
}

func TestADatabaseThatFallsSilentMakesReadsFailInTimeAndRecoversAlone(t *testing.T) {
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
	read := func() reply { return send(t, http.MethodGet, s.URL+"/api/perfil", "", token) }

	testtime.Within(t, "the slowest answer", soon, func() time.Duration {
		await(t, http.StatusOK, read)
		proxy.Freeze()
		defer proxy.Thaw()
		return slowestOfMany(t, read)
	})
	await(t, http.StatusOK, read)
}

// slowestOfMany makes a request, which has to be UNAVAILABLE, many times at once.
func slowestOfMany(t *testing.T, request func() reply) time.Duration {
	took := make([]time.Duration, 20) // more than the pool has connections
	var all sync.WaitGroup
	for i := range took {
		all.Go(func() {
			var answer reply
			took[i] = testtime.Elapsed(func() { answer = request() })
			if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
				t.Errorf("silent: got %d %s", answer.StatusCode, answer.text)
			}
		})
	}
	all.Wait()
	return slices.Max(took)
}

func await(t *testing.T, status int, request func() reply) {
	t.Helper()
	for deadline := time.Now().Add(testtime.MaxWait); ; time.Sleep(50 * time.Millisecond) {
		answer := request()
		if answer.StatusCode == status {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("got %d %s, want %d", answer.StatusCode, answer.text, status)
		}
	}
}

func TestWhatNeedsNobodyAsksNoDatabase(t *testing.T) {
	t.Parallel()
	cfg, err := pgxpool.ParseConfig("postgres://nobody@127.0.0.1:1/none")
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	cfg.BeforeConnect = func(context.Context, *pgx.ConnConfig) error {
		asked.Add(1)
		return errors.New("there is no database")
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	s := testserver.On(t, pool)
	token := "Authorization: Bearer " + s.Token(t, nobody())
	for _, c := range []struct {
		method, path, body string
		status             int
		header             []string
	}{
		{http.MethodGet, "/api/health", "", http.StatusOK, nil},
		{http.MethodGet, "/api/csrf-token", "", http.StatusOK, nil},
		{http.MethodGet, "/api/no", "", http.StatusNotFound, nil},
		{http.MethodPatch, "/api/perfil", "", http.StatusMethodNotAllowed, nil},
		{http.MethodPost, "/api/auth/login", "{}", http.StatusBadRequest, nil},
		{http.MethodPatch, "/graphql", "", http.StatusMethodNotAllowed, nil},
		{http.MethodPost, "/graphql", strings.Repeat(" ", 65<<10), http.StatusRequestEntityTooLarge, nil},
		{http.MethodPost, "/graphql", "", http.StatusUnsupportedMediaType, []string{"Content-Type: text/plain"}},
		{http.MethodPost, "/graphql", `{"query":"{ __typename }"}`, http.StatusOK, nil},
	} {
		answer := send(t, c.method, s.URL+c.path, c.body, append(c.header, token)...)
		if answer.StatusCode != c.status || asked.Load() != 0 {
			t.Errorf("%s %s: got %d %.80s, want %d; the database was asked %d times",
				c.method, c.path, answer.StatusCode, answer.text, c.status, asked.Swap(0))
		}
	}
	if send(t, http.MethodGet, s.URL+"/readyz", ""); asked.Load() == 0 {
		t.Error("nothing counts who asks the database")
	}
}

// nobody is a user of whom the database need not know.
func nobody() testdb.UserRow {
	return testdb.UserRow{ID: uuid.New(), CompanyID: uuid.New(), Email: "a@b.example", Role: "admin"}
}

func TestADatabaseThatIsAwayIsLoggedAndCountedOnBothEdges(t *testing.T) {
	t.Parallel()
	s := testserver.On(t, testdb.Open(t, "postgres://nobody@127.0.0.1:1/none"))
	token := "Authorization: Bearer " + s.Token(t, nobody())
	for _, answer := range []reply{
		send(t, http.MethodPost, s.URL+"/graphql", meQuery, token),
		send(t, http.MethodGet, s.URL+"/api/perfil", "", token),
		send(t, http.MethodDelete, s.URL+"/api/perfil/integraciones/pms", "", token),
		send(t, http.MethodPost, s.URL+"/api/auth/login", `{"email":"a@b.example","password":"x"}`),
	} {
		if entry := logged(t, s.Log, "database unavailable", answer); !strings.Contains(entry["error"].(string), "connection refused") {
			t.Errorf("logged %v", entry)
		}
	}
	w := httptest.NewRecorder()
	s.App.Metrics.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	if line := `graphql_errors_total{code="UNAVAILABLE"} 4`; !strings.Contains(w.Body.String(), line+"\n") {
		t.Errorf("no line %s", line)
	}
}
