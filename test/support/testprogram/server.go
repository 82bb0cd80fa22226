package testprogram

import (
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testprovider"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// Server is a running server process. Its addresses differ at each start.
type Server struct {
	// URL is the base URL of the API, MetricsURL that of /metrics.
	URL        string
	MetricsURL string

	cmd   *exec.Cmd
	ended chan struct{} // closed when the process has ended
	log   testserver.Log
}

// Unavailable is in the log of a server that could not query the database at
// startup. The server tries once, so a pause of the machine can cause this.
const Unavailable = "The service cannot reach its data"

// StartServer runs the server on a database with the keys of package testserver
// and further settings, and returns when it serves. When the test ends, the process is
// killed, and its log is printed if the test has failed.
func StartServer(t testing.TB, databaseURL string, settings ...string) *Server {
	t.Helper()
	for range 10 {
		s := &Server{cmd: exec.Command(Binary(t)), ended: make(chan struct{})}
		s.cmd.Env = append(production(databaseURL), settings...)
		s.cmd.Stderr = &s.log
		if err := s.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		go func() {
			_ = s.cmd.Wait() // ProcessState has the result
			close(s.ended)
		}()
		t.Cleanup(func() {
			s.Kill()
			if t.Failed() {
				t.Logf("the log of a server, without requests:\n%s", requestLine.ReplaceAllString(s.log.String(), ""))
			}
		})
		testtime.Eventually(t, "the server serves", s.serves)
		if s.URL != "" {
			return s
		}
		if !strings.Contains(s.log.String(), Unavailable) {
			break
		}
	}
	t.Fatal("the server did not start")
	return nil
}

var (
	requestLine = regexp.MustCompile(`(?m)^.*"msg":"request".*\n`)
	// address matches the entries about the listeners; that of MetricsURL is the first.
	address = regexp.MustCompile(`"msg":"serving( metrics)?".*"address":"(.+?)"`)
)

// serves sets the URLs as soon as the server has logged its addresses. It also returns
// true after the end of the process.
func (s *Server) serves() bool {
	for _, match := range address.FindAllStringSubmatch(s.log.String(), -1) {
		if match[1] != "" {
			s.MetricsURL = "http://" + match[2] + "/metrics"
			continue
		}
		s.URL = "http://" + match[2]
	}
	select {
	case <-s.ended:
		return true
	default:
		return s.URL != ""
	}
}

// production returns the settings of a server on a database, with the keys of package
// testserver, that cannot reach a provider.
func production(databaseURL string) []string {
	return append(testprovider.UnreachableSettings(),
		"DATABASE_URL="+databaseURL,
		"JWT_SECRET_KEY="+testserver.JWTKey,
		"FERNET_KEY="+testserver.FernetKey,
		"LISTEN_ADDR=127.0.0.1:0",
		"ADMIN_ADDR=127.0.0.1:0",
	)
}

// Run runs a command of the server's binary on a database, with the keys of package
// testserver. The test fails when the command fails.
func Run(t testing.TB, databaseURL string, args ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), Binary(t), args...)
	command.Env = production(databaseURL)
	run(t, command)
}

// Kill ends the process with SIGKILL, like a crash.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill() // fails when it has already ended
	<-s.ended
}

// Terminate sends SIGTERM and waits for the end. It returns the exit code, -1
// after a signal, and the time until the end. A process that has not ended after
// testtime.MaxWait is killed.
func (s *Server) Terminate(t testing.TB) (code int, took time.Duration) {
	t.Helper()
	start := time.Now()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.ended:
	case <-time.After(testtime.MaxWait):
		s.Kill()
	}
	return s.cmd.ProcessState.ExitCode(), time.Since(start)
}
