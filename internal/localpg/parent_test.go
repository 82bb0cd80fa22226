//go:build linux

package localpg

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestPostgreSQLDiesWithAKilledParentAndTheNextStartCleansUp(t *testing.T) {
	t.Parallel()
	h := seededHome(t)
	holder, url, pid, dir := startHolder(t, h)
	conn := connect(t, url)
	if _, err := conn.Exec(t.Context(), "create table kept ()"); err != nil {
		t.Fatal(err)
	}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}

	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	eventually(t, "PostgreSQL ended", func() bool { return len(postgresIn(data)) == 0 && syscall.Kill(pid, 0) != nil })

	s := mustStart(t, h.options())
	query(t, s, "select count(*)::text from kept")
	if s.DataDir() != data {
		t.Errorf("data moved from %s to %s", data, s.DataDir())
	}
	if _, err := os.Stat(config.Host); !os.IsNotExist(err) {
		t.Errorf("the old socket folder %s is left: %v", config.Host, err)
	}
}

func TestAnOrphanOfAnEarlierRunIsEnded(t *testing.T) {
	t.Parallel()
	h := seededHome(t)
	s := mustStart(t, h.options())
	mustStop(t, s)

	// A server that nobody holds, as where the kernel could not end it.
	socketDir, err := s.place.newSocketDir()
	if err != nil {
		t.Fatal(err)
	}
	orphan := &Server{binaries: s.binaries, place: s.place, socketDir: socketDir}
	cmd := exec.Command(s.binaries.path("postgres"), orphan.arguments()...)
	cmd.Dir = s.DataDir()
	started, err := startProcess(cmd, s.place.account)
	if err != nil {
		t.Fatal(err)
	}
	orphan.process = started
	if err := orphan.awaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}

	s = mustStart(t, h.options())
	if !started.ended() {
		t.Error("two servers on the same data")
	}
	query(t, s, "select 'works'")
}

func TestALeftoverPidOfAnotherProcessDoesNotStopTheStart(t *testing.T) {
	t.Parallel()
	h := seededHome(t)
	s := mustStart(t, h.options())
	mustStop(t, s)

	// Some living process of PostgreSQL's own account got the number.
	sleeper := exec.Command("sleep", "600")
	sleeper.Dir = "/"
	other, err := startProcess(sleeper, s.place.account)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sleeper.Process.Kill(); <-other.done })
	lines := []string{itoa(sleeper.Process.Pid), s.DataDir(), "1700000000", "5432", "/tmp", "", "", "ready"}
	pidFile := filepath.Join(s.DataDir(), pidFileName)
	err = os.WriteFile(pidFile, []byte(strings.Join(lines, "\n")+"\n"), 0o600)
	if err := errors.Join(err, s.place.account.own(pidFile)); err != nil {
		t.Fatal(err)
	}

	s = mustStart(t, h.options())
	query(t, s, "select 'works'")
	if other.ended() {
		t.Error("an innocent process was ended")
	}
}

func TestTheSweepRemovesWhatKilledTestsLeft(t *testing.T) {
	t.Parallel()
	acc, err := findAccount()
	if err != nil {
		t.Fatal(err)
	}
	alive := shared(t)
	young, old := abandonedPlace(t, acc), abandonedPlace(t, acc)
	// Read before the folder is old: a sweep of another process may come first.
	oldSocket, err := os.ReadFile(old.path(socketRecord))
	if err != nil {
		t.Fatal(err)
	}
	past := time.Now().Add(-2 * sweepAge)
	for _, dir := range []string{old.dir, alive.place.dir} {
		if err := os.Chtimes(dir, past, past); err != nil {
			t.Fatal(err)
		}
	}

	sweep(acc)
	for _, gone := range []string{old.dir, string(oldSocket)} {
		eventually(t, gone+" was removed", func() bool { // maybe by that other sweep
			_, err := os.Stat(gone)
			return os.IsNotExist(err)
		})
	}
	if _, err := os.Stat(young.dir); err != nil {
		t.Errorf("a folder in the making was removed: %v", err)
	}
	query(t, alive, "select 'works'")
}

// abandonedPlace is what a killed process leaves.
func abandonedPlace(t *testing.T, acc account) *place {
	t.Helper()
	p, err := openPlace(Options{}, acc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.newSocketDir(); err != nil {
		t.Fatal(err)
	}
	p.unlock()
	t.Cleanup(func() { p.removeSocketDir(); os.RemoveAll(p.dir) })
	return p
}

// The other tests of this package run as whoever runs them; where that is
// root, this one runs the essential ones again as an ordinary user.
func TestAnOrdinaryUserCanDoTheSame(t *testing.T) {
	needRoot(t)
	t.Parallel()
	acc := account{uid: 65534, gid: 65534, switched: true} // nobody
	dir, err := os.MkdirTemp(tempBase, "localpg-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := acc.own(dir); err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile("/proc/self/exe") // its folder is closed to others
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, "localpg.test")
	if err := os.WriteFile(copied, binary, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(copied, "-test.v", "-test.run",
		"Restarts|OnlyTheOwner|KilledParent|Orphan|LeftoverPid|NoTCPPort|NoOtherRole")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "TMPDIR="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: acc.credential(), Pdeathsig: syscall.SIGKILL}
	out, err := cmd.CombinedOutput()
	if passed := strings.Count(string(out), "--- PASS"); err != nil || passed != 7 {
		t.Errorf("%d passed: %v\n%s", passed, err, out)
	}
}
