package testprogram

import (
	"bufio"
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"sync"
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

	mu      sync.Mutex
	log     strings.Builder
	serving chan struct{} // closed when URL and MetricsURL are set
}

// Unavailable is in the log of a server that could not query the database at
// startup. The server tries once, so a pause of the machine can cause this.
const Unavailable = "The service cannot reach its data"

// StartServer runs the server on a database with the keys of package testserver
// and further settings, and returns when it serves. The process is killed when
// the test ends.
func StartServer(t testing.TB, databaseURL string, settings ...string) *Server {
	t.Helper()
	for timeout := time.After(testtime.MaxWait); ; {
		s := start(t, databaseURL, settings)
		select {
		case <-s.serving:
			return s
		case <-s.ended:
			if !strings.Contains(s.Log(), Unavailable) {
				t.Fatalf("the server did not start:\n%s", s.Log())
			}
		case <-timeout:
			t.Fatalf("the server does not serve after %s:\n%s", testtime.MaxWait, s.Log())
		}
	}
}

func start(t testing.TB, databaseURL string, settings []string) *Server {
	t.Helper()
	s := &Server{
		cmd:     exec.Command(Binary(t)),
		ended:   make(chan struct{}),
		serving: make(chan struct{}),
	}
	s.cmd.Env = append(production(databaseURL), settings...)
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go s.readLog(stderr)
	t.Cleanup(s.Kill)
	return s
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

// readLog reads the log until the process ends.
func (s *Server) readLog(stderr io.Reader) {
	reader := bufio.NewReader(stderr)
	for {
		line, err := reader.ReadBytes('\n')
		s.logLine(line)
		if err != nil {
			break
		}
	}
	_ = s.cmd.Wait() // ProcessState holds the result
	close(s.ended)
}

func (s *Server) logLine(text []byte) {
	var line struct {
		Message string `json:"msg"`
		Address string `json:"address"`
	}
	_ = json.Unmarshal(text, &line) // a line that is not JSON is kept
	switch line.Message {
	case "request":
		return
	case "serving metrics": // logged before "serving"
		s.MetricsURL = "http://" + line.Address + "/metrics"
	case "serving":
		s.URL = "http://" + line.Address
		close(s.serving)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log.Write(text)
}

// Log returns the server's log without the lines of single requests.
func (s *Server) Log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
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
