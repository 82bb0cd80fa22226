package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/testdb"
	"github.com/stay-sidekick/profile-server/internal/testproxy"
	"github.com/stay-sidekick/profile-server/internal/testserver"
)

// soon is how long a caller may wait for the news that the database is away:
// two seconds, and more on a machine that is busy with other tests, but less
// than two waits in a row.
const soon = 3500 * time.Millisecond

func TestReadinessFollowsTheDatabaseAndLifeDoesNot(t *testing.T) {
	t.Parallel()
	database := testdb.Server(t, testdb.Own, nil)
	pool, err := db.NewPool(t.Context(), database.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	s := testserver.On(t, pool)
	token := "Authorization: Bearer " + s.Token(t, s.People(t).Admin)
	expect := func(when string, ready int, reads int) {
		t.Helper()
		for path, status := range map[string]int{"/healthz": http.StatusOK, "/api/health": http.StatusOK, "/readyz": ready, "/api/perfil": reads} {
			start := time.Now()
			answer := send(t, http.MethodGet, s.URL+path, "", token)
			if took := time.Since(start); answer.StatusCode != status || took > soon {
				t.Errorf("%s: %s: got %d %s after %v, want %d", when, path, answer.StatusCode, answer.text, took, status)
			}
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

// behindProxy is a server that reaches its database through a proxy, and the
// header of an administrator.
func behindProxy(t *testing.T) (s *testserver.Server, proxy *testproxy.Proxy, token string) {
	t.Helper()
	proxy = testproxy.New(t, testdb.New(t, testdb.Own).URL)
	pool, err := db.NewPool(t.Context(), proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	s = testserver.On(t, pool)
	return s, proxy, "Authorization: Bearer " + s.Token(t, s.People(t).Admin)
}

func TestADatabaseThatFallsSilentMakesReadsFailInTimeAndRecoversAlone(t *testing.T) {
	t.Parallel()
	s, proxy, token := behindProxy(t)

	proxy.Freeze()
	const many = 20 // more than the pool has connections
	var all sync.WaitGroup
	for range many {
		all.Go(func() {
			start := time.Now()
			answer := send(t, http.MethodGet, s.URL+"/api/perfil", "", token)
			if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
				t.Errorf("silent: got %d %s", answer.StatusCode, answer.text)
			}
			if took := time.Since(start); took > soon {
				t.Errorf("an answer took %v", took)
			}
		})
	}
	all.Wait()
	proxy.Thaw()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		answer := send(t, http.MethodGet, s.URL+"/api/perfil", "", token)
		if answer.StatusCode == http.StatusOK {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("it did not recover: %d %s", answer.StatusCode, answer.text)
		}
	}
}

func TestWhatNeedsNobodyWaitsForNoDatabase(t *testing.T) {
	t.Parallel()
	s, proxy, token := behindProxy(t)
	proxy.Freeze()
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
		start := time.Now()
		answer := send(t, c.method, s.URL+c.path, c.body, append(c.header, token)...)
		if took := time.Since(start); answer.StatusCode != c.status || took > time.Second {
			t.Errorf("%s %s: got %d %.80s after %v, want %d", c.method, c.path, answer.StatusCode, answer.text, took, c.status)
		}
	}
}

func TestADatabaseThatIsAwayIsLoggedAndCountedOnBothEdges(t *testing.T) {
	t.Parallel()
	pool, err := db.NewPool(t.Context(), "postgres://nobody@127.0.0.1:1/none")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	s := testserver.On(t, pool)
	token := "Authorization: Bearer " + s.Token(t, testdb.UserRow{ID: uuid.New(), CompanyID: uuid.New(), Email: "a@b.example", Role: "admin"})
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
