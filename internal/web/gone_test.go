package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestAClientThatGoesAwayIsNoFaultInLogAndMetrics(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	admin := httptest.NewServer(s.App.Metrics.Handler())
	defer admin.Close()
	token := s.Token(t, s.People(t).Admin)
	lock, err := s.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Rollback(context.Background()) }()
	if _, err := lock.Exec(t.Context(), "lock table configuracion_pms in access exclusive mode"); err != nil {
		t.Fatal(err)
	}
	for _, request := range []struct{ method, path, body string }{
		{http.MethodPost, "/graphql", `{"query":"{ me { company { integrations { pms { provider } } } } }"}`},
		{http.MethodGet, "/api/perfil/integraciones", ""},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, request.method, s.URL+request.path, strings.NewReader(request.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		go func() {
			awaitWaiters(t, s, true)
			cancel()
		}()
		if answer, err := http.DefaultTransport.RoundTrip(r); err == nil {
			_ = answer.Body.Close()
			t.Fatalf("%s was answered: %s", request.path, answer.Status)
		}
		awaitLine(t, s, `"route":"`+request.path+`","status":499`)
		failWaiters(t, s) // the statement belongs to no request and would go on
		awaitWaiters(t, s, false)
	}
	for _, fault := range []string{`"level":"ERROR"`, `"level":"WARN"`} {
		if strings.Contains(s.Log.String(), fault) {
			t.Errorf("the log tells of a fault: %s", s.Log)
		}
	}
	text := send(t, http.MethodGet, admin.URL+"/metrics", "").text
	if strings.Contains(text, `status="5`) || !strings.Contains(text, `graphql_errors_total{code="INTERNAL_SERVER_ERROR"} 0`) ||
		!strings.Contains(text, `graphql_errors_total{code="UNAVAILABLE"} 0`) {
		t.Errorf("the metrics tell of a fault:\n%s", text)
	}
}

// waiters are what waits for a lock in this database.
const waiters = "from pg_locks l join pg_database d on d.oid = l.database where d.datname = current_database() and not l.granted"

// awaitWaiters returns when a statement waits for a lock, or when none does, and
// when the test is over. It may run beside the test.
func awaitWaiters(t *testing.T, s *testserver.Server, want bool) {
	t.Helper()
	for deadline := time.Now().Add(testtime.MaxWait); ; time.Sleep(5 * time.Millisecond) {
		var waits bool
		err := s.Pool.QueryRow(t.Context(), "select exists (select "+waiters+")").Scan(&waits)
		if t.Context().Err() != nil || err == nil && waits == want {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("a statement waits for a lock: %t, want %t; %v", waits, want, err)
			return
		}
	}
}

// failWaiters makes what waits for a lock fail, as its timeout does.
func failWaiters(t *testing.T, s *testserver.Server) {
	t.Helper()
	if _, err := s.Pool.Exec(t.Context(), "select pg_cancel_backend(l.pid) "+waiters); err != nil {
		t.Fatal(err)
	}
}

func awaitLine(t *testing.T, s *testserver.Server, part string) {
	t.Helper()
	for deadline := time.Now().Add(testtime.MaxWait); !strings.Contains(s.Log.String(), part); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no line with %s in:\n%s", part, s.Log)
		}
	}
}
