package cli_test

import (
	"net/http"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

const meQuery = `{"query":"{ me { email } }"}`

// newUser creates a user and a token that is valid on every server of these tests.
func newUser(t *testing.T, d *testdb.DB, role string) (user testdb.UserRow, token string) {
	t.Helper()
	user = testdb.User(t, d.Pool, testdb.UserRow{CompanyID: testdb.Company(t, d.Pool, testdb.CompanyRow{}).ID, Role: role})
	return user, testserver.TokenAt(t, user, time.Now())
}

func TestServerRespondsAndStopsOnSignals(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		if signal.Ignored(sig) {
			continue // the tests run under nohup, and the server inherits that
		}
		d := testdb.New(t, testdb.Own)
		testdb.Exec(t, d.Pool, `insert into profile.attempts select sha256(n::text::bytea), 1, now() - n * interval '3 hours',
			now() - n * interval '3 hours' from generate_series(0, 1) n`)
		url := strings.Replace(d.URL, "@", ":"+canary+"@", 1) // peer authentication ignores the password
		s := production(url).with("ADMIN_ADDR", "127.0.0.1:0").with("LOG_LEVEL", "debug")
		p, address := serve(t, s)
		user, token := newUser(t, d, "admin")
		admin := p.logged(t, "serving metrics")["address"].(string)
		if status, body := get("http://" + admin + "/metrics"); status != http.StatusOK || !strings.Contains(body, "db_pool_connections_max 8") {
			t.Errorf("metrics: got %d %.300s", status, body)
		}
		for path, status := range map[string]int{"/healthz": 200, "/readyz": 200, "/api/health": 200, "/api/perfil": 401, "/playground": 404, "/schema.graphqls": 404, "/metrics": 404} {
			if got, body := get("http://" + address + path); got != status {
				t.Errorf("%s: got %d %s", path, got, body)
			}
		}
		status, response, err := post("http://"+address+"/graphql", token, meQuery)
		if err != nil || status != http.StatusOK || !strings.Contains(response, user.Email) {
			t.Errorf("me: %d %s %v", status, response, err)
		}
		testtime.Eventually(t, "the expired attempt is deleted", func() bool {
			return testdb.Value[int](t, d.Pool, "select count(*) from profile.attempts") == 1
		})
		p.signal(t, sig)
		if code := p.wait(t); code != 0 {
			t.Errorf("%v: exit code %d", sig, code)
		}
		refusesConnections(t, address)
		for _, secret := range []string{canary, testserver.JWTKey, testserver.FernetKey, token, user.Email} {
			if strings.Contains(p.out.String()+p.err.String(), secret) {
				t.Errorf("%q is in the output:\n%s%s", secret, p.out, p.err)
			}
		}
		if p.out.String() != "" {
			t.Errorf("standard output: %s", p.out)
		}
		p.logged(t, "stopped")
	}
}

func TestStartWaitsForTheDatabase(t *testing.T) {
	t.Parallel()
	url, startDatabase := stoppedDatabase(t)
	p := start(t, production(url)) // serve is the default
	p.waitFor(t, `"msg":"waiting for the database"`)
	if waiting := p.logged(t, "waiting for the database"); waiting["atMost"] != "30s" || !strings.Contains(waiting["reason"].(string), "no such file or directory") {
		t.Errorf("logged %v", waiting)
	}
	startDatabase()
	p.waitFor(t, `"msg":"serving"`)
	if status, body := get("http://" + p.logged(t, "serving")["address"].(string) + "/readyz"); status != http.StatusOK {
		t.Errorf("got %d %s", status, body)
	}
	if n := strings.Count(p.err.String(), "waiting for the database"); n != 1 {
		t.Errorf("it was logged %d times", n)
	}
}
