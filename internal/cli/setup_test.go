package cli_test

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
	"github.com/stay-sidekick/profile-server/test/support/testprovider"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if testing.Short() {
		os.Exit(testdb.Main(m)) // program skips the tests of the binary
	}
	os.Exit(testprogram.Main(m))
}

// program returns a run of the server's binary.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	testtime.Slow(t)
	return exec.Command(testprogram.Binary(t), args...)
}

// settings are the environment variables of a process beside PATH and HOME.
type settings map[string]string

// production returns the required settings of a server on the database at url.
func production(url string) settings {
	return settings{
		"DATABASE_URL":   url,
		"JWT_SECRET_KEY": testserver.JWTKey,
		"FERNET_KEY":     testserver.FernetKey,
		"LISTEN_ADDR":    "127.0.0.1:0",
	}
}

// stoppedDatabase returns the URL of a database without a socket, as if PostgreSQL did
// not run until start is called.
func stoppedDatabase(t *testing.T) (databaseURL string, start func()) {
	t.Helper()
	databaseURL = testdb.New(t, testdb.Own).URL
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	sockets, moved := u.Query().Get("host"), filepath.Join(t.TempDir(), "s")
	return strings.Replace(databaseURL, url.QueryEscape(sockets), url.QueryEscape(moved), 1), func() {
		if err := os.Symlink(sockets, moved); err != nil {
			t.Fatal(err)
		}
	}
}

// with returns a copy with one setting changed.
func (s settings) with(name, value string) settings {
	changed := settings{name: value}
	for n, v := range s {
		if n != name {
			changed[n] = v
		}
	}
	return changed
}

// environment returns the settings for a process that cannot reach a provider, unless
// they say otherwise.
func (s settings) environment() []string {
	env := append(testprovider.UnreachableSettings(), "PATH="+os.Getenv("PATH"), "HOME="+os.Getenv("HOME"))
	for name, value := range s {
		env = append(env, name+"="+value)
	}
	return env
}

// process is a running server or command.
type process struct {
	cmd      *exec.Cmd
	out, err *testserver.Log
	ended    chan struct{}
	code     int // valid after ended is closed
}

// start runs the binary in a directory of its own and kills it when the test ends.
func start(t *testing.T, s settings, args ...string) *process {
	t.Helper()
	cmd := program(t, args...)
	cmd.Dir, cmd.Env = t.TempDir(), s.environment()
	return startCommand(t, cmd)
}

func startCommand(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	out, err := &testserver.Log{}, &testserver.Log{}
	cmd.Stdout, cmd.Stderr = out, err
	p := startProcess(t, cmd)
	p.out, p.err = out, err
	return p
}

// startProcess starts cmd, whose output process does not keep.
func startProcess(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{cmd: cmd, ended: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		var failed *exec.ExitError
		if err := cmd.Wait(); errors.As(err, &failed) {
			p.code = failed.ExitCode()
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-p.ended
	})
	return p
}

// processTimeout limits the wait for a process that hangs.
const processTimeout = 5 * time.Minute

// wait waits for the end of the process and returns its exit code.
func (p *process) wait(t *testing.T) int {
	t.Helper()
	select {
	case <-p.ended:
		return p.code
	case <-time.After(processTimeout):
		t.Fatalf("the process does not end:\n%v%v", p.out, p.err)
		return 0
	}
}

func (p *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// waitFor waits until the process has written text to either output.
func (p *process) waitFor(t *testing.T, text string) {
	t.Helper()
	if !p.wrote(t, text) {
		t.Fatalf("it exited with %d and did not write %q:\n%s%s", p.code, text, p.out, p.err)
	}
}

// wrote is waitFor for a process that may end without writing text.
func (p *process) wrote(t *testing.T, text string) bool {
	t.Helper()
	has := func() bool { return strings.Contains(p.out.String()+p.err.String(), text) }
	for deadline := time.Now().Add(processTimeout); !has(); time.Sleep(10 * time.Millisecond) {
		select {
		case <-p.ended:
			return has()
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("it does not write %q:\n%s%s", text, p.out, p.err)
		}
	}
	return true
}

// serve runs the server and returns its address once it listens. It starts the
// server again when a pause of the machine made the database unavailable.
func serve(t *testing.T, s settings, args ...string) (p *process, address string) {
	t.Helper()
	for range 10 {
		p = start(t, s, append([]string{"serve"}, args...)...)
		if p.wrote(t, `"msg":"serving"`) || !strings.Contains(p.err.String(), testprogram.Unavailable) {
			break
		}
	}
	return p, p.logged(t, "serving")["address"].(string)
}

// logged returns the log entry with a message.
func (p *process) logged(t *testing.T, message string) map[string]any {
	t.Helper()
	for line := range strings.Lines(p.err.String()) {
		var entry map[string]any
		if json.Unmarshal([]byte(line), &entry) == nil && entry["msg"] == message {
			return entry
		}
	}
	t.Fatalf("no log entry %q in:\n%s", message, p.err)
	return nil
}

// runCommand runs a command to its end. err is the text on standard error, without
// the log entry that only a slow machine causes.
func runCommand(t *testing.T, s settings, args ...string) (code int, out, err string) {
	t.Helper()
	p := start(t, s, args...)
	code = p.wait(t)
	for line := range strings.Lines(p.err.String()) {
		if !strings.Contains(line, "waiting for the database") {
			err += line
		}
	}
	return code, p.out.String(), err
}

// mustRun runs a command that must succeed and returns its output.
func mustRun(t *testing.T, s settings, args ...string) string {
	t.Helper()
	code, out, err := runCommand(t, s, args...)
	if code != 0 {
		t.Fatalf("%v: exit code %d\n%s%s", args, code, out, err)
	}
	return out
}

// mustFail runs a command that must exit with 1 and report one line, and returns
// the line.
func mustFail(t *testing.T, s settings, args ...string) string {
	t.Helper()
	code, out, err := runCommand(t, s, args...)
	if code != 1 || strings.Count(err, "\n") != 1 || !strings.HasPrefix(err, "profile-server: ") {
		t.Errorf("%v: exit code %d\n%s%s", args, code, out, err)
	}
	return err
}

// get returns status and body; the status of a failed request is 0.
func get(url string) (status int, body string) {
	request, _ := http.NewRequest(http.MethodGet, url, nil)
	status, body, _ = send(http.DefaultClient, request)
	return status, body
}

func post(url, token, body string) (status int, response string, err error) {
	request, err := newPost(url, token, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	return send(http.DefaultClient, request)
}

func newPost(url, token string, body io.Reader) (*http.Request, error) {
	request, err := http.NewRequest(http.MethodPost, url, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return request, nil
}

func send(client *http.Client, request *http.Request) (status int, response string, err error) {
	resp, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}
