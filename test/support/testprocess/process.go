package testprocess

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

	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// startPatience covers a machine that is busy and a database that recovers.
const startPatience = time.Minute

// Process is a running server. Its addresses are new at each start.
type Process struct {
	// URL is where the API answers, MetricsURL where /metrics does.
	URL        string
	MetricsURL string

	cmd   *exec.Cmd
	ended chan struct{} // closed when the process has ended

	mu      sync.Mutex
	log     strings.Builder
	serving chan struct{} // closed when URL and MetricsURL are known
}

// Unavailable is in the log of a server that did not reach the database. Once it
// is connected it asks just once: where the machine stands still, that fails.
const Unavailable = "The service cannot reach its data"

// Start runs the server on a database, with the keys of package testserver and
// further settings, and returns when it serves. The process is killed when the
// test ends.
func Start(t testing.TB, databaseURL string, settings ...string) *Process {
	t.Helper()
	for enough := time.After(startPatience); ; {
		p := start(t, databaseURL, settings)
		select {
		case <-p.serving:
			return p
		case <-p.ended:
			if !strings.Contains(p.Log(), Unavailable) {
				t.Fatalf("the server did not start:\n%s", p.Log())
			}
		case <-enough:
			t.Fatalf("the server does not serve after %s:\n%s", startPatience, p.Log())
		}
	}
}

func start(t testing.TB, databaseURL string, settings []string) *Process {
	t.Helper()
	p := &Process{
		cmd:     exec.Command(mustBuild(t)),
		ended:   make(chan struct{}),
		serving: make(chan struct{}),
	}
	p.cmd.Env = append([]string{
		"DATABASE_URL=" + databaseURL,
		"JWT_SECRET_KEY=" + testserver.JWTKey,
		"FERNET_KEY=" + testserver.FernetKey,
		"LISTEN_ADDR=127.0.0.1:0",
		"ADMIN_ADDR=127.0.0.1:0",
	}, settings...)
	out, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go p.follow(out)
	t.Cleanup(p.Kill)
	return p
}

// follow reads the log to its end, which is that of the process. Lines of
// single requests are not kept.
func (p *Process) follow(out io.Reader) {
	reader := bufio.NewReader(out)
	for {
		text, err := reader.ReadBytes('\n')
		p.keep(text)
		if err != nil {
			break
		}
	}
	_ = p.cmd.Wait() // how it ended is in ProcessState
	close(p.ended)
}

func (p *Process) keep(text []byte) {
	var line struct {
		Message string `json:"msg"`
		Address string `json:"address"`
	}
	_ = json.Unmarshal(text, &line) // what is no JSON is kept
	switch line.Message {
	case "request":
		return
	case "serving metrics": // comes before the next
		p.MetricsURL = "http://" + line.Address + "/metrics"
	case "serving":
		p.URL = "http://" + line.Address
		close(p.serving)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log.Write(text)
}

// Log is what the server has logged, but for the lines of single requests.
func (p *Process) Log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// PID is the number of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Kill ends the process as a crash does: it has no time for anything.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // fails when it has ended already
	<-p.ended
}

// Terminate sends SIGTERM and waits for the end. It returns the exit code, -1
// after a signal, and how long it took. A process that has not ended after a
// minute is killed.
func (p *Process) Terminate(t testing.TB) (code int, took time.Duration) {
	t.Helper()
	start := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.ended:
	case <-time.After(time.Minute):
		p.Kill()
	}
	return p.cmd.ProcessState.ExitCode(), time.Since(start)
}
