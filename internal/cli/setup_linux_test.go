package cli_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// nobody is the id of an unprivileged account.
const nobody = 65534

// home is the working directory of a development run.
type home struct {
	dir string
	as  *syscall.Credential // nil for the account of the test
}

// newHome creates a directory that only its account can enter.
func newHome(t *testing.T, as *syscall.Credential) home {
	t.Helper()
	testtime.Slow(t)
	dir, err := os.MkdirTemp("", "profile-server-test-") // t.TempDir is closed to other accounts
	if err != nil {
		t.Fatal(err)
	}
	h := home{dir: dir, as: as}
	t.Cleanup(func() {
		_ = os.RemoveAll(h.instance())
		_ = os.RemoveAll(dir)
	})
	if as == nil {
		return h
	}
	if err := os.Chown(dir, int(as.Uid), int(as.Gid)); err != nil {
		t.Fatal(err)
	}
	return h
}

// instance returns the directory of the PostgreSQL instance. A file records the
// name of root's instance.
func (h home) instance() string {
	record, err := os.ReadFile(filepath.Join(h.dir, ".data", "postgres.place"))
	name := strings.TrimSpace(string(record))
	if err != nil || name == "" {
		return filepath.Join(h.dir, ".data", "postgres")
	}
	return filepath.Join("/var/lib/staysidekick-profile", name)
}

// start runs a development server, or a command in its directory.
func (h home) start(t *testing.T, args ...string) *process {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Dir = h.dir
	cmd.Env = settings{"LISTEN_ADDR": "127.0.0.1:0"}.with("HOME", h.dir).environment()
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: h.as}
	return startCommand(t, cmd)
}

// serve starts a development server and waits until it has printed its accounts.
func (h home) serve(t *testing.T) *process {
	t.Helper()
	p := h.start(t)
	p.waitFor(t, "\nTry it:\n")
	p.waitFor(t, "curl -s ")
	return p
}

// stop stops the server as Ctrl-C does.
func (h home) stop(t *testing.T, p *process) {
	t.Helper()
	p.signal(t, syscall.SIGINT)
	if code := p.wait(t); code != 0 {
		t.Errorf("exit code %d\n%s", code, p.err)
	}
	h.wantNoProcesses(t)
}

// wantNoProcesses checks that PostgreSQL has stopped. Its main process may exist for
// a moment after pg_ctl has reported the stop.
func (h home) wantNoProcesses(t *testing.T) {
	t.Helper()
	testtime.Eventually(t, "no process of PostgreSQL runs", func() bool { return len(processesOf(h.instance())) == 0 })
}

// processesOf returns the command lines of the processes that work in an instance.
func processesOf(instance string) []string {
	var found []string
	files, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, cwd := range files {
		if target, err := os.Readlink(cwd); err == nil && strings.HasPrefix(target, instance) {
			line, _ := os.ReadFile(filepath.Join(filepath.Dir(cwd), "cmdline"))
			found = append(found, string(bytes.ReplaceAll(line, []byte{0}, []byte{' '})))
		}
	}
	return found
}

// line returns the first match of the pattern's group in the output.
func (p *process) line(t *testing.T, pattern string) string {
	t.Helper()
	match := regexp.MustCompile(pattern).FindStringSubmatch(p.out.String())
	if match == nil {
		t.Fatalf("no match of %s in:\n%s", pattern, p.out)
	}
	return match[1]
}
