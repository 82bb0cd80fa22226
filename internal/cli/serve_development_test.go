//go:build linux

package cli_test

import (
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
)

func TestDevelopmentServerKeepsItsDataAndStopsPostgreSQL(t *testing.T) {
	t.Parallel()
	accounts := map[string]*syscall.Credential{"as the user of the tests": nil}
	if os.Geteuid() == 0 {
		accounts["as an unprivileged user"] = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	for name, as := range accounts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t, as)
			planted := plantLink(t, h)
			p := h.serve(t)
			if _, err := os.Lstat(planted); err == nil {
				t.Error("the keys were written through a symbolic link")
			}
			token := tryPrintedCommand(t, p)
			api := p.line(t, `GraphQL +(http://\S+)`)
			if status, body := get(p.line(t, `Playground +(http://\S+)`)); status != 200 {
				t.Errorf("the playground: %d %.200s", status, body)
			}
			for _, account := range []string{"Casa Azul    admin", "Casa Azul    operator", "Villa Verde  admin", "Villa Verde  operator"} {
				if !strings.Contains(p.out.String(), account) {
					t.Errorf("no account %q in:\n%s", account, p.out)
				}
			}
			_, response, err := post(api, token, `{"query":"mutation { setPmsIntegration(input: {provider: SMOOBU, apiKey: \"kept\"}) { userErrors { code } } }"}`)
			if err != nil || strings.Contains(response, `"code"`) {
				t.Fatalf("a mutation: %s %v", response, err)
			}
			isPrivate(t, h)
			h.stop(t, p)

			p = h.serve(t)
			const query = `{"query":"{ me { email company { integrations { pms { configured provider } } } } }"}`
			_, response, err = post(p.line(t, `GraphQL +(http://\S+)`), token, query)
			if err != nil || !strings.Contains(response, `"configured":true,"provider":"SMOOBU"`) {
				t.Errorf("after a restart, with the earlier token: %s %v", response, err)
			}
			if strings.Contains(p.err.String(), "not decryptable") {
				t.Errorf("another Fernet key after a restart: %s", p.err)
			}
			h.stop(t, p)
		})
	}
}

// plantLink creates a symbolic link in place of the temporary file of the keys, and
// returns its target.
func plantLink(t *testing.T, h home) string {
	t.Helper()
	data, target := filepath.Join(h.dir, ".data"), filepath.Join(h.dir, "target")
	err := errors.Join(os.Mkdir(data, 0o700), os.Symlink(target, filepath.Join(data, "keys.json.new")))
	if h.as != nil {
		err = errors.Join(err, os.Chown(data, int(h.as.Uid), int(h.as.Gid)))
	}
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// tryPrintedCommand runs the printed curl command and returns the token of its
// response.
func tryPrintedCommand(t *testing.T, p *process) string {
	t.Helper()
	shell := exec.CommandContext(t.Context(), "sh", "-c", p.line(t, `Try it:\n(.*)\n`))
	output, err := shell.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	var response struct {
		Data struct {
			Login struct {
				Token string
				User  struct{ Email string }
			}
		}
	}
	if err := json.Unmarshal(output, &response); err != nil || response.Data.Login.Token == "" || response.Data.Login.User.Email != "admin@casa-azul.example" {
		t.Fatalf("the response is %s", output)
	}
	return response.Data.Login.Token
}

// isPrivate checks that other accounts can read neither keys nor data.
func isPrivate(t *testing.T, h home) {
	t.Helper()
	for path, mode := range map[string]os.FileMode{
		filepath.Join(h.dir, ".data"):              0o700,
		filepath.Join(h.dir, ".data", "keys.json"): 0o600,
		filepath.Join(h.instance(), "data"):        0o700,
	} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v %v, want %o", path, info.Mode(), err, mode)
		}
	}
}

func TestCommandInDevelopmentLogsItsDatabase(t *testing.T) {
	t.Parallel()
	h := newHome(t, nil)
	p := h.start(t, "migrate")
	if code := p.wait(t); code != 0 || !strings.Contains(p.err.String(), "DATABASE_URL is not set") || !strings.Contains(p.err.String(), h.instance()) {
		t.Errorf("exit code %d\n%s", code, p.err)
	}
	h.wantNoProcesses(t)
}

func TestCheckUsesAnExistingDevelopmentDatabaseAndCreatesNone(t *testing.T) {
	t.Parallel()
	h := newHome(t, nil)
	p := h.start(t, "check")
	if code := p.wait(t); code != 1 || p.err.String() != "profile-server: DATABASE_URL is not set, and there is no private database in .data: the command serve creates one\n" {
		t.Errorf("exit code %d\n%s", code, p.err)
	}
	if made, err := os.ReadDir(h.dir); err != nil || len(made) > 0 {
		t.Errorf("check created %v, %v", made, err)
	}
	h.stop(t, h.serve(t))
	p = h.start(t, "check")
	if code := p.wait(t); code != 0 || !strings.Contains(p.out.String(), "schema profile: up to date\n") {
		t.Errorf("exit code %d\n%s%s", code, p.out, p.err)
	}
}

func TestDemoIsUsedByOneProcessAndDeletedWithItsKeys(t *testing.T) {
	t.Parallel()
	h := newHome(t, nil)
	first := h.serve(t)
	token := tryPrintedCommand(t, first)
	instance := h.instance()
	for _, command := range []string{"serve", "check", "delete-demo"} {
		other := h.start(t, command)
		if code := other.wait(t); code != 1 || !strings.HasSuffix(other.err.String(), "in use by another run; stop that one first\n") {
			t.Errorf("%s while a demo runs: exit code %d\n%s", command, code, other.err)
		}
	}
	h.stop(t, first)
	for range 2 { // the second time there is nothing to delete
		if p := h.start(t, "delete-demo"); p.wait(t) != 0 {
			t.Errorf("%s", p.err)
		}
	}
	for _, gone := range []string{instance, h.dir + "/.data"} {
		if _, err := os.Stat(gone); !os.IsNotExist(err) {
			t.Errorf("%s is left: %v", gone, err)
		}
	}
	second := h.serve(t)
	if _, response, _ := post(second.line(t, `GraphQL +(http://\S+)`), token, `{"query":"{ me { email } }"}`); !strings.Contains(response, "UNAUTHENTICATED") {
		t.Errorf("an earlier token: %s", response)
	}
	h.stop(t, second)
}

func TestDeleteDemoKeepsOtherFiles(t *testing.T) {
	t.Parallel()
	others := "postgres" // the instance of an unprivileged user
	if os.Geteuid() != 0 {
		others = "postgres.place" // the record of root's instance
	}
	for name, c := range map[string]struct {
		file string
		code int
	}{
		"data of another account": {others + "/file", 1},
		"another program's file":  {"notes.txt", 0},
	} {
		h := newHome(t, nil)
		file := filepath.Join(h.dir, ".data", c.file)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		p := h.start(t, "delete-demo")
		if code := p.wait(t); code != c.code {
			t.Errorf("%s: exit code %d, %s", name, code, p.err)
		}
		if _, err := os.Stat(file); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		p = h.start(t, "check")
		if code := p.wait(t); code != 1 || !strings.Contains(p.err.String(), "make run") && !strings.Contains(p.err.String(), "DATABASE_URL") {
			t.Errorf("%s: check exits with %d, %s", name, code, p.err)
		}
		if made, err := os.ReadDir(filepath.Join(h.dir, ".data")); err != nil || len(made) != 1 {
			t.Errorf("%s: check left %v, %v", name, made, err)
		}
	}
}

func TestInterruptedStartStopsPostgreSQL(t *testing.T) {
	t.Parallel()
	for _, after := range []string{"creating a private PostgreSQL", "private PostgreSQL started"} {
		h := newHome(t, nil)
		p := h.start(t)
		p.waitFor(t, after)
		h.stop(t, p)
		h.stop(t, h.serve(t))
	}
}

func TestReachableDevelopmentServerWarnsAndRejectsOtherHosts(t *testing.T) {
	t.Parallel()
	h := newHome(t, nil)
	cmd := exec.Command(binary)
	cmd.Dir = h.dir
	cmd.Env = settings{"LISTEN_ADDR": ":0", "ADMIN_ADDR": "127.0.0.1:0"}.environment()
	p := startCommand(t, cmd)
	p.waitFor(t, "other machines can reach this server")
	p.waitFor(t, "curl -s http://localhost:")
	tryPrintedCommand(t, p)
	metrics := regexp.MustCompile(`serving metrics" address=(\S+)`).FindStringSubmatch(p.err.String())
	if metrics == nil {
		t.Fatalf("no metrics in %s", p.err)
	}
	for _, url := range []string{p.line(t, `GraphQL +(http://\S+)`), p.line(t, `Playground +(http://\S+)`), "http://" + metrics[1] + "/metrics"} {
		if status := getAs(t, "evil.example", url); status != http.StatusForbidden {
			t.Errorf("%s as evil.example: %d", url, status)
		}
		if status := getAs(t, "localhost", url); status == http.StatusForbidden {
			t.Errorf("%s as localhost: %d", url, status)
		}
	}
	h.stop(t, p)
}

// getAs returns the status of a GET with the given Host header.
func getAs(t *testing.T, host, url string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}
