//go:build linux

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
)

// nobody is an ordinary user.
const nobody = 65534

// home is the folder of a development run.
type home struct {
	dir string
	as  *syscall.Credential // nil for the account of the test
}

// newHome makes a folder that only its account can enter.
func newHome(t *testing.T, as *syscall.Credential) home {
	t.Helper()
	dir, err := os.MkdirTemp("", "profile-server-test-") // t.TempDir is closed to other accounts
	if err != nil {
		t.Fatal(err)
	}
	h := home{dir: dir, as: as}
	t.Cleanup(func() {
		_ = os.RemoveAll(h.place())
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

// place is the directory of PostgreSQL's data. Where root keeps it elsewhere, a
// file has its name.
func (h home) place() string {
	record, err := os.ReadFile(filepath.Join(h.dir, ".data", "postgres.place"))
	name := strings.TrimSpace(string(record))
	if err != nil || name == "" {
		return filepath.Join(h.dir, ".data", "postgres")
	}
	return filepath.Join("/var/lib/staysidekick-profile", name)
}

// start runs a development server, or a command in its folder.
func (h home) start(t *testing.T, args ...string) *process {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Dir = h.dir
	cmd.Env = settings{"LISTEN_ADDR": "127.0.0.1:0"}.with("HOME", h.dir).environment()
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: h.as}
	return startCommand(t, cmd)
}

// serve returns once the demo is printed.
func (h home) serve(t *testing.T) *process {
	t.Helper()
	p := h.start(t)
	p.says(t, "\nTry it:\n")
	p.says(t, "curl -s ")
	return p
}

// stop ends it as Ctrl-C does.
func (h home) stop(t *testing.T, p *process) {
	t.Helper()
	p.signal(t, syscall.SIGINT)
	if code := p.wait(t); code != 0 {
		t.Errorf("exit code %d\n%s", code, p.err)
	}
	if left := processesOf(h.place()); len(left) > 0 {
		t.Errorf("still running: %q", left)
	}
}

// processesOf returns the command lines of PostgreSQL's processes on a data
// folder.
func processesOf(place string) []string {
	var found []string
	files, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, cwd := range files {
		if target, err := os.Readlink(cwd); err == nil && strings.HasPrefix(target, place) {
			line, _ := os.ReadFile(filepath.Join(filepath.Dir(cwd), "cmdline"))
			found = append(found, string(bytes.ReplaceAll(line, []byte{0}, []byte{' '})))
		}
	}
	return found
}

// line returns the first match of the pattern's group in what is printed.
func (p *process) line(t *testing.T, pattern string) string {
	t.Helper()
	match := regexp.MustCompile(pattern).FindStringSubmatch(p.out.String())
	if match == nil {
		t.Fatalf("nothing like %s in:\n%s", pattern, p.out)
	}
	return match[1]
}
