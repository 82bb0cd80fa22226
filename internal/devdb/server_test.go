package devdb

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestDataIsKeptAcrossRestarts(t *testing.T) {
	t.Parallel()
	opts := Options{Dir: newDir(t)}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := StartServer(cancelled, opts); !errors.Is(err, context.Canceled) {
		t.Fatalf("a cancelled start: %v", err)
	}
	s := mustStart(t, opts)
	if got := query(t, s.URL(), "show fsync"); got != "on" {
		t.Errorf("fsync is %q by default", got)
	}
	query(t, s.URL(), "create table kept (x text); insert into kept values ('still here')")
	if _, err := connect(t, s.URL()).Exec(t.Context(), "begin"); err != nil { // leaves the session open
		t.Fatal(err)
	}
	mustStop(t, s) // would fail if PostgreSQL waited for the session
	if err := s.Stop(); err != nil {
		t.Errorf("stopping twice: %v", err)
	}
	if exists(s.instance.socketDir()) {
		t.Error("the directory of the socket still exists")
	}
	mustStop(t, mustStart(t, opts))

	s = mustStart(t, opts)
	if got := query(t, s.URL(), "select x from kept"); got != "still here" {
		t.Errorf("after a restart: %q", got)
	}
	for _, name := range []string{logName, logName + ".1"} { // of this run and the last one
		text, err := os.ReadFile(filepath.Join(s.instance.dir, name))
		if err != nil || strings.Count(string(text), "starting PostgreSQL") != 1 {
			t.Errorf("%s (%v):\n%s", name, err, text)
		}
	}
}

// The settings of the shared server try to change the first three.
func TestSettingsReachTheServerAndKeepItPrivate(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	for setting, want := range map[string]string{
		"listen_addresses": "", "port": "5432", "unix_socket_directories": s.instance.socketDir(),
		"max_connections": "37", "server_encoding": "UTF8", "timezone": "UTC",
	} {
		if got := query(t, s.URL(), "show "+setting); got != want {
			t.Errorf("%s is %q, want %q", setting, got, want)
		}
	}
	if got, want := query(t, s.URL(), "select reset_val from pg_settings where name = 'search_path'"), `"a'b $c", public`; got != want {
		t.Errorf("search_path = %s, want %s", got, want)
	}
	if got := query(t, s.URL(), "select datcollate from pg_database where datname = 'template0'"); !strings.HasPrefix(got, "C") {
		t.Errorf("collation %q depends on the machine", got)
	}
}

func TestInvalidSettingIsReportedInOneLine(t *testing.T) {
	t.Parallel()
	_, err := StartServer(t.Context(), Options{Dir: seededDir(t), Settings: map[string]string{"max_connections": "many"}})
	if err == nil || !strings.Contains(err.Error(), "max_connections") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error: %v", err)
	}
}

func TestDataOfAnotherVersionIsReported(t *testing.T) {
	t.Parallel()
	opts := Options{Dir: seededDir(t)}
	s := mustStart(t, opts)
	mustStop(t, s)
	if err := os.WriteFile(filepath.Join(s.DataDir(), "PG_VERSION"), []byte("9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := StartServer(t.Context(), opts)
	if err == nil || !strings.Contains(err.Error(), "version 9") || !strings.Contains(err.Error(), s.DataDir()) {
		t.Errorf("error: %v", err)
	}
}

func TestPostgreSQLOfAKilledRunIsStopped(t *testing.T) {
	t.Parallel()
	for _, orphan := range []bool{false, true} {
		opts := Options{Dir: seededDir(t)}
		h := startHolder(t, opts)
		query(t, h.url, "create table kept ()")
		killed := []int{h.process.Pid}
		if orphan {
			killed = append(processesIn(t, h.dir), killed...) // also the script, which would stop PostgreSQL
		}
		for _, pid := range killed {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		h.process.Wait()
		if orphan && !isAlive(h.postmaster) {
			t.Fatal("PostgreSQL is no orphan")
		}

		s := mustStart(t, opts)
		query(t, s.URL(), "select count(*) from kept")
		if s.instance.dir != h.dir {
			t.Errorf("data moved from %s to %s", h.dir, s.instance.dir)
		}
		testtime.Eventually(t, "the old PostgreSQL stopped", func() bool { return !isAlive(h.postmaster) })
	}
}

func TestTemporaryDataOfAKilledRunIsRemoved(t *testing.T) {
	t.Parallel()
	h := startHolder(t, Options{Dir: temporaryDir(t), Temporary: true})
	socket := (&instance{dir: h.dir}).socketDir()
	if !exists(h.dir) || !exists(socket) {
		t.Fatalf("%s or %s is missing", h.dir, socket)
	}
	if err := h.process.Kill(); err != nil {
		t.Fatal(err)
	}
	testtime.Eventually(t, "PostgreSQL and its data are gone", func() bool { return !isAlive(h.postmaster) && !exists(h.dir) && !exists(socket) })
}

func TestLeftoverPidOfAnotherProcessDoesNotPreventTheStart(t *testing.T) {
	t.Parallel()
	opts := Options{Dir: seededDir(t), Settings: withoutSync}
	s := mustStart(t, opts)
	mustStop(t, s)

	// A running process of PostgreSQL's account has the recorded process id.
	other := s.instance.command("sleep", "600")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Process.Kill(); other.Wait() })
	lines := []string{itoa(other.Process.Pid), s.DataDir(), "1700000000", "5432", "/tmp", "", "", "ready"}
	file := filepath.Join(s.instance.dir, pidFile)
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Lchown(file, s.instance.account.uid, s.instance.account.gid); err != nil {
		t.Fatal(err)
	}

	s = mustStart(t, opts)
	query(t, s.URL(), "select 'works'")
	if !isAlive(other.Process.Pid) {
		t.Error("an unrelated process was stopped")
	}
}

// When the tests run as root, this one runs the essential ones again as an
// unprivileged user.
func TestUnprivilegedUserCanRunPostgreSQL(t *testing.T) {
	needRoot(t)
	t.Parallel()
	const nobody = 65534
	dir := temporaryDir(t)
	binary, err := os.ReadFile("/proc/self/exe") // other accounts cannot enter its directory
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, "devdb.test")
	if err := os.WriteFile(copied, binary, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(copied, "-test.v", "-test.run",
		"AcrossRestarts|OnlyTheOwner|KilledRun|WrittenThrough|DevelopmentKeys")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "TMPDIR="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}, Setpgid: true}
	out, err := cmd.CombinedOutput()
	if passed := strings.Count(string(out), "\n--- PASS"); err != nil || passed != 7 {
		t.Errorf("%d passed: %v\n%s", passed, err, out)
	}
}

func TestErrorLineOfALogIsFound(t *testing.T) {
	for output, want := range map[string]string{
		"2026-01-01 UTC [1] LOG:  x\n2026-01-01 UTC [1] FATAL:  could not y\nHINT: z\n": "could not y",
		"initdb: error: invalid locale name \"X\"\n":                                    `invalid locale name "X"`,
		"one\ntwo\n": "two",
		"":           "",
	} {
		if got := errorLine(output); got != want {
			t.Errorf("errorLine(%q) = %q, want %q", output, got, want)
		}
	}
}
