package pgbouncer

import (
	"errors"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// startPgBouncer runs PgBouncer in front of a database until the test ends and
// returns the DATABASE_URL with the documented parameters. PgBouncer connects through
// a proxy of this process, because the database accepts no other account.
func startPgBouncer(t *testing.T, databaseURL, mode string, settings documented) (pooled string) {
	t.Helper()
	program := testprogram.Find(t, "pgbouncer")
	dir, err := os.MkdirTemp("/tmp", "pgbouncer-") // the path of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	file := filepath.Join(dir, "pgbouncer.ini")
	ini := configuration(t, dir, testdb.NewProxy(t, databaseURL).URL, mode, settings)
	if err := os.WriteFile(file, []byte(ini), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, file)
	if os.Geteuid() == 0 { // PgBouncer does not run as root
		const nobody = 65534
		if err := os.Chown(dir, nobody, nobody); err != nil {
			t.Fatal(err)
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	var log testserver.Log
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = errors.Join(cmd.Process.Kill(), cmd.Wait())
		if t.Failed() {
			t.Logf("the log of PgBouncer:\n%s", log.String())
		}
	})
	testtime.Eventually(t, "PgBouncer accepts connections", func() bool {
		conn, err := net.Dial("unix", filepath.Join(dir, ".s.PGSQL.6432"))
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	query := url.Values{"host": {dir}, "port": {"6432"}, "pool_max_conns": {strconv.Itoa(poolSize)}}
	for name, value := range settings.url {
		query.Set(name, value)
	}
	return (&url.URL{Scheme: "postgres", User: url.User("profile"), Path: "/test", RawQuery: query.Encode()}).String()
}
