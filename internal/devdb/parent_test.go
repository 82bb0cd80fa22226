package devdb

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestPostgreSQLEndsWithAKilledParentAndTheNextStartWorks(t *testing.T) {
	t.Parallel()
	opts := Options{Dir: seededHome(t)}
	h := startHolder(t, opts)
	run(t, h.url, "create table kept ()")
	if err := h.process.Kill(); err != nil {
		t.Fatal(err)
	}
	h.process.Wait()

	s := mustStart(t, opts) // waits for the script of the killed run
	query(t, s, "select count(*)::text from kept")
	if s.place.dir != h.dir {
		t.Errorf("data moved from %s to %s", h.dir, s.place.dir)
	}
	eventually(t, "the old PostgreSQL ended", func() bool { return !isAlive(h.postmaster) })
}

func TestAKilledParentLeavesNoTemporaryData(t *testing.T) {
	t.Parallel()
	h := startHolder(t, Options{Dir: temporaryDir(t), Temporary: true})
	socket := (&place{dir: h.dir}).socketDir()
	if !exists(h.dir) || !exists(socket) {
		t.Fatalf("%s or %s is missing", h.dir, socket)
	}
	if err := h.process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "everything is gone", func() bool { return !isAlive(h.postmaster) && !exists(h.dir) && !exists(socket) })
}

func TestAnOrphanOfAnEarlierRunIsStopped(t *testing.T) {
	t.Parallel()
	opts := Options{Dir: seededHome(t)}
	h := startHolder(t, opts)
	for _, pid := range append(processesIn(t, h.dir), h.process.Pid) { // so that nothing stops PostgreSQL
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	h.process.Wait()
	if !isAlive(h.postmaster) {
		t.Fatal("PostgreSQL is no orphan")
	}

	s := mustStart(t, opts)
	query(t, s, "select 'works'")
	eventually(t, "the orphan ended", func() bool { return !isAlive(h.postmaster) })
}

func TestALeftoverPidOfAnotherProcessDoesNotStopTheStart(t *testing.T) {
	t.Parallel()
	opts := Options{Dir: seededHome(t), Settings: unsynced}
	s := mustStart(t, opts)
	mustStop(t, s)

	// A living process of PostgreSQL's own account has the number now.
	other := s.place.command("sleep", "600")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Process.Kill(); other.Wait() })
	lines := []string{itoa(other.Process.Pid), s.DataDir(), "1700000000", "5432", "/tmp", "", "", "ready"}
	file := filepath.Join(s.place.dir, pidFile)
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Lchown(file, s.place.account.uid, s.place.account.gid); err != nil {
		t.Fatal(err)
	}

	s = mustStart(t, opts)
	query(t, s, "select 'works'")
	if !isAlive(other.Process.Pid) {
		t.Error("an innocent process was ended")
	}
}

// The other tests of this package run as whoever runs them; where that is
// root, this one runs the essential ones again as an ordinary user.
func TestAnOrdinaryUserCanDoTheSame(t *testing.T) {
	needRoot(t)
	t.Parallel()
	const nobody = 65534
	dir := temporaryDir(t)
	binary, err := os.ReadFile("/proc/self/exe") // its directory is closed to others
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, "localpg.test")
	if err := os.WriteFile(copied, binary, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(copied, "-test.v", "-test.run",
		"Restarts|OnlyTheOwner|KilledParent|Orphan|LeftoverPid|NoTCPPort|NoOtherRole|ThroughALink")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "TMPDIR="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}, Setpgid: true}
	out, err := cmd.CombinedOutput()
	if passed := strings.Count(string(out), "\n--- PASS"); err != nil || passed != 9 {
		t.Errorf("%d passed: %v\n%s", passed, err, out)
	}
}
