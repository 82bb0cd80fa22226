package devdb

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestOnlyTheOwnerCanEnterTheDirectories(t *testing.T) {
	t.Parallel()
	opts := Options{Dir: seededDir(t), Settings: withoutSync}
	s := mustStart(t, opts)
	mustStop(t, s)
	if err := os.Chmod(s.instance.dir, 0o777); err != nil { // the next start restores the mode
		t.Fatal(err)
	}
	s = mustStart(t, opts)
	want := map[string]fs.FileMode{opts.Dir: 0o700, s.instance.dir: 0o700, s.DataDir(): 0o700, s.instance.socketDir(): 0o700}
	for _, name := range []string{logName, "lock", "pg_hba.conf", "pg_ident.conf"} {
		want[filepath.Join(s.instance.dir, name)] = 0o600
	}
	if s.instance.account.switched {
		want[filepath.Join(opts.Dir, recordFile)] = 0o600
	}
	for path, mode := range want {
		info, err := os.Stat(path)
		if err != nil {
			t.Error(err)
		} else if info.Mode().Perm() != mode {
			t.Errorf("%s has mode %o, want %o", path, info.Mode().Perm(), mode)
		}
	}
	socket := filepath.Join(s.instance.socketDir(), ".s.PGSQL.5432")
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o700 || len(socket) > 103 {
		t.Errorf("socket %s: %v %v", socket, info, err)
	}
}

func TestProcessesRunAsTheAccountInTheirOwnGroupWithoutSecrets(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	id, checked := itoa(s.instance.account.uid), 0
	for _, pid := range append(processesIn(t, s.instance.dir), processesIn(t, s.DataDir())...) {
		status, err := os.ReadFile(filepath.Join("/proc", itoa(pid), "status"))
		env, envErr := os.ReadFile(filepath.Join("/proc", itoa(pid), "environ"))
		group, groupErr := syscall.Getpgid(pid)
		err = errors.Join(err, envErr, groupErr)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue // a worker process that has ended
		}
		if err != nil || pid == postmaster(s) && len(env) == 0 {
			t.Fatal(err)
		}
		checked++
		if want := strings.Join([]string{"Uid:", id, id, id, id}, "\t"); !strings.Contains(string(status), want) {
			t.Errorf("process %d does not run as account %s:\n%s", pid, id, status)
		}
		if s.instance.account.switched && !strings.Contains(string(status), "\nGroups:\t \n") {
			t.Errorf("process %d has groups of root", pid)
		}
		if bytes.Contains(env, []byte("do-not-inherit")) {
			t.Errorf("process %d has the environment %q", pid, env)
		}
		if group == syscall.Getpgrp() {
			t.Errorf("Ctrl-C signals process %d, too", pid)
		}
	}
	if checked < 3 {
		t.Errorf("%d processes", checked)
	}
}

// PostgreSQL's own account can enter the directory of the socket. It must not be able
// to connect either, because other services may use that account.
func TestNoOtherAccountCanConnect(t *testing.T) {
	needRoot(t)
	t.Parallel()
	s := sharedServer(t)
	socket := filepath.Join(s.instance.socketDir(), ".s.PGSQL.5432")
	bin, _, err := findBinaries(0, packagePatterns)
	if err != nil {
		t.Fatal(err)
	}
	psql := filepath.Join(bin, "psql")
	if !exists(psql) {
		t.Skip("this PostgreSQL has no psql, as that of npm")
	}
	for _, uid := range []int{s.instance.account.uid, 4711} {
		cmd := exec.Command(psql, "-h", s.instance.socketDir(), "-p", "5432", "-U", "profile", "-c", "select 1", "postgres")
		cmd.Dir = "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
		out, err := cmd.CombinedOutput()
		if err == nil || !bytes.Contains(out, []byte("authentication failed")) && !bytes.Contains(out, []byte("Permission denied")) {
			t.Errorf("account %d at %s: %v: %s", uid, socket, err, out)
		}
	}
}

func TestNoOtherRoleCanBeUsed(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	query(t, s.URL(), "drop role if exists other; create role other login superuser") // with -count the server is used again
	conn, err := pgx.Connect(t.Context(), strings.Replace(s.URL(), "profile@", "other@", 1))
	if err == nil {
		conn.Close(t.Context())
		t.Error("connected as another role")
	}
}
