//go:build linux

package cli_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// home is the working directory of a development run.
type home struct{ dir string }

func newHome(t *testing.T) home {
	t.Helper()
	h := home{t.TempDir()}
	t.Cleanup(func() { _ = os.RemoveAll(h.instance()) })
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
func (h home) start(t *testing.T, s settings, args ...string) *process {
	t.Helper()
	cmd := program(t, args...)
	cmd.Dir, cmd.Env = h.dir, append(settings{"LISTEN_ADDR": "127.0.0.1:0"}.environment(), s.environment()...)
	return startCommand(t, cmd)
}

// serve starts a development server and waits until it has printed its accounts.
func (h home) serve(t *testing.T, s settings) *process {
	t.Helper()
	p := h.start(t, s)
	p.waitFor(t, "\nTry it:\n")
	p.waitFor(t, "curl -s ")
	return p
}

// wantExit checks the exit code of a command and what it prints.
func (h home) wantExit(t *testing.T, command string, code int, printed string) {
	t.Helper()
	p := h.start(t, nil, command)
	if got := p.wait(t); got != code || !strings.Contains(p.out.String()+p.err.String(), printed) {
		t.Errorf("%s: exit code %d\n%s%s", command, got, p.out, p.err)
	}
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
	testtime.Eventually(t, "no process of PostgreSQL runs", func() bool {
		files, _ := filepath.Glob("/proc/[0-9]*/cwd")
		for _, cwd := range files {
			if target, err := os.Readlink(cwd); err == nil && strings.HasPrefix(target, h.instance()) {
				return false
			}
		}
		return true
	})
}

// line returns the first match of the pattern's group in the output.
func (p *process) line(t *testing.T, pattern string) string {
	t.Helper()
	match := regexp.MustCompile(pattern).FindStringSubmatch(p.out.String() + p.err.String())
	if match == nil {
		t.Fatalf("no match of %s in:\n%s%s", pattern, p.out, p.err)
	}
	return match[1]
}

const (
	apiLine        = `GraphQL +(http://\S+)`
	playgroundLine = `Playground +(http://\S+)`
)

// tryPrintedCommand runs the printed curl command and returns the token of its
// response.
func tryPrintedCommand(t *testing.T, p *process) string {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), "sh", "-c", p.line(t, `Try it:\n(.*)\n`)).CombinedOutput()
	var response struct{ Data loginData }
	if err != nil || json.Unmarshal(output, &response) != nil || response.Data.Login.Token == "" || !bytes.Contains(output, []byte(`"admin@casa-azul.example"`)) {
		t.Fatalf("%v: the response is %s", err, output)
	}
	return response.Data.Login.Token
}

func TestDevelopmentDatabaseIsKeptUntilItIsDeleted(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	p := h.serve(t, nil)
	token, instance := tryPrintedCommand(t, p), h.instance()
	if status, body := get(p.line(t, playgroundLine)); status != 200 {
		t.Errorf("the playground: %d %.200s", status, body)
	}
	if strings.Contains(p.err.String(), "other machines can reach this server") {
		t.Errorf("on a loopback address: %s", p.err)
	}
	for _, account := range []string{"Casa Azul    admin", "Casa Azul    operator", "Villa Verde  admin", "Villa Verde  operator"} {
		if !strings.Contains(p.out.String(), account) {
			t.Errorf("no account %q in:\n%s", account, p.out)
		}
	}
	for _, command := range []string{"serve", "check", "delete-demo"} {
		h.wantExit(t, command, 1, "in use by another run; stop that one first\n")
	}
	_, response, err := post(p.line(t, apiLine), token, `{"query":"mutation { setPmsIntegration(input: {provider: SMOOBU, apiKey: \"kept\"}) { userErrors { code } } }"}`)
	if err != nil || strings.Contains(response, `"code"`) {
		t.Fatalf("a mutation: %s %v", response, err)
	}
	h.stop(t, p)

	p = h.serve(t, settings{"LISTEN_ADDR": ":0", "ADMIN_ADDR": "127.0.0.1:0"})
	api := p.line(t, apiLine)
	_, response, err = post(api, token, `{"query":"{ me { company { integrations { pms { provider decryptable } } } } }"}`)
	if err != nil || !strings.Contains(response, `"provider":"SMOOBU","decryptable":true`) {
		t.Errorf("after a restart, with the earlier token: %s %v", response, err)
	}
	const signIn = `{"query":"mutation { login(input: {email: \"operator@casa-azul.example\", password: \"demo-casa-azul-operator\"}) { user { company { integrations { pms { provider } } } } } }"}`
	if _, response, err := post(api, "", signIn); err != nil || !strings.Contains(response, `"provider":"SMOOBU"`) {
		t.Errorf("the operator of the same company: %s %v", response, err)
	}
	if !strings.Contains(p.err.String(), "other machines can reach this server") || !strings.HasPrefix(api, "http://127.0.0.1:") {
		t.Errorf("on all addresses it prints %s and logs\n%s", api, p.err)
	}
	for _, url := range []string{api, p.line(t, playgroundLine), "http://" + p.line(t, `serving metrics" address=(\S+)`) + "/metrics"} {
		for host, refused := range map[string]bool{"evil.example": true, "localhost": false} {
			request, _ := http.NewRequest(http.MethodGet, url, nil)
			request.Host = host
			if status, _, err := send(http.DefaultClient, request); err != nil || (status == http.StatusForbidden) != refused {
				t.Errorf("%s as %s: %d %v", url, host, status, err)
			}
		}
	}
	h.stop(t, p)

	for range 2 { // the second time there is nothing to delete
		h.wantExit(t, "delete-demo", 0, "deleted")
	}
	for _, gone := range []string{instance, h.dir + "/.data"} {
		if _, err := os.Stat(gone); !os.IsNotExist(err) {
			t.Errorf("%s is left: %v", gone, err)
		}
	}
	p = h.serve(t, nil)
	if _, response, _ := post(p.line(t, apiLine), token, meQuery); !strings.Contains(response, "UNAUTHENTICATED") {
		t.Errorf("an earlier token: %s", response)
	}
	h.stop(t, p)
}

func TestCheckUsesAnExistingDevelopmentDatabaseAndCreatesNone(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.wantExit(t, "check", 1, "profile-server: DATABASE_URL is not set, and there is no private database in .data: the command serve creates one\n")
	if made, err := os.ReadDir(h.dir); err != nil || len(made) > 0 {
		t.Errorf("check created %v, %v", made, err)
	}
	p := h.start(t, nil, "migrate")
	if code := p.wait(t); code != 0 || !strings.Contains(p.err.String(), "DATABASE_URL is not set") || !strings.Contains(p.err.String(), h.instance()) {
		t.Errorf("migrate: exit code %d\n%s", code, p.err)
	}
	h.wantExit(t, "check", 0, "schema profile: up to date\n")
	h.wantNoProcesses(t)
	if log, err := os.ReadFile(filepath.Join(h.instance(), "postgres.log")); err != nil || !bytes.Contains(log, []byte("database system was shut down at")) {
		t.Errorf("migrate did not shut PostgreSQL down: %v\n%s", err, log)
	}
}

func TestDeleteDemoKeepsOtherFiles(t *testing.T) {
	t.Parallel()
	others := "postgres" // the instance of an unprivileged user
	if os.Geteuid() != 0 {
		others = "postgres.place" // the record of root's instance
	}
	for name, code := range map[string]int{others + "/file": 1, "notes.txt": 0} {
		h := newHome(t)
		file := filepath.Join(h.dir, ".data", name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
		h.wantExit(t, "delete-demo", code, "")
		if err := os.WriteFile(filepath.Join(h.dir, ".data", "keys.json"), nil, 0o600); err != nil { // keys without data
			t.Fatal(err)
		}
		h.wantExit(t, "check", 1, "DATABASE_URL is not set")
		if _, err := os.Stat(file); err != nil {
			t.Error(err)
		}
		if made, err := os.ReadDir(filepath.Join(h.dir, ".data")); err != nil || len(made) != 2 {
			t.Errorf("%s: .data has %v, %v", name, made, err)
		}
	}
}

func TestInterruptedStartStopsPostgreSQL(t *testing.T) {
	t.Parallel()
	for _, after := range []string{"creating a private PostgreSQL", "private PostgreSQL started"} {
		h := newHome(t)
		p := h.start(t, nil)
		p.waitFor(t, after)
		h.stop(t, p)
		h.stop(t, h.serve(t, nil))
	}
}
