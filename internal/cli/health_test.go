package cli_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestHealthFollowsTheServer(t *testing.T) {
	t.Parallel()
	testtime.Slow(t)
	database := testdb.Server(t)
	_, address := serve(t, production(database.URL()).with("LISTEN_ADDR", "0.0.0.0:0"))
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	for _, listen := range []string{":" + port, "0.0.0.0:" + port, "127.0.0.1:" + port} {
		env := settings{"LISTEN_ADDR": listen, "HTTP_PROXY": "http://192.0.2.1:1"}
		if out := mustRun(t, env, "health"); out != "ok\n" {
			t.Errorf("%s: %q", listen, out)
		}
		mustRun(t, env, "health", "--ready")
	}
	if err := database.Halt(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second) // callers of /readyz share one ping per second
	env := settings{"LISTEN_ADDR": ":" + port}
	if line := mustFail(t, env, "health", "--ready"); !strings.Contains(line, "/readyz has status 503") {
		t.Errorf("without a database: %s", line)
	}
	mustRun(t, env, "health")
}

func TestHealthFailsInOneLine(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	for address, want := range map[string]string{
		"127.0.0.1:1":                  "the server does not respond: ",
		other.Listener.Addr().String(): "/healthz has status 404",
		"nonsense":                     "LISTEN_ADDR must be ",
	} {
		if line := mustFail(t, settings{"LISTEN_ADDR": address}, "health"); !strings.Contains(line, want) {
			t.Errorf("%s: %s", address, line)
		}
	}
}
