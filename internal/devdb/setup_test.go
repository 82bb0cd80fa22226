package devdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// holdEnv turns the test binary into a helper process. It is a helper in JSON.
const holdEnv = "DEVDB_TEST_HOLD"

// helper is what a helper process uses.
type helper struct {
	Options  Options
	RootBase string
}

// testBase is a directory that every account can write to, as /tmp.
var testBase string

func TestMain(m *testing.M) {
	if text, ok := os.LookupEnv(holdEnv); ok {
		hold(text)
	}
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	var err error
	testBase, err = os.MkdirTemp("/tmp", "devdb-test-")
	if err := errors.Join(err, os.Chmod(testBase, 0o777|os.ModeSticky)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(testBase)
	rootBase = filepath.Join(testBase, "root")
	// PostgreSQL must not inherit these variables.
	os.Setenv("PGPORT", "6543")
	os.Setenv("FERNET_KEY", "do-not-inherit")
	defer func() {
		if shared != nil {
			shared.Stop()
		}
	}()
	return m.Run()
}

// shared is a server for the tests that only look at one. Its settings try to open it.
var shared *Server

func sharedServer(t *testing.T) *Server {
	t.Helper()
	testtime.Slow(t)
	if err := startShared(); err != nil {
		t.Fatal(err)
	}
	return shared
}

var startShared = sync.OnceValue(func() error {
	dir, err := os.MkdirTemp(testBase, "")
	if err != nil {
		return err
	}
	opts := Options{Dir: dir, Temporary: true, Settings: map[string]string{
		"max_connections":         "37",
		"listen_addresses":        "*",
		"port":                    "54329",
		"unix_socket_directories": "/tmp",
		"search_path":             `"a'b $c", public`,
	}}
	if shared, err = StartServer(context.Background(), opts); err != nil {
		return err
	}
	// The data of the stopped server is the seed of other servers.
	if err := errors.Join(shared.Stop(), exec.Command("cp", "-a", shared.DataDir(), filepath.Join(dir, "seed")).Run()); err != nil {
		return err
	}
	shared, err = StartServer(context.Background(), opts)
	return err
})

// hold runs in the helper process. It starts a server, prints its URL, the process
// id of PostgreSQL's main process and the directory of the instance, and waits to be
// killed.
func hold(text string) {
	var h helper
	err := json.Unmarshal([]byte(text), &h)
	rootBase = h.RootBase
	s, startErr := StartServer(context.Background(), h.Options)
	if err := errors.Join(err, startErr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(s.URL(), postmaster(s), s.instance.dir)
	time.Sleep(time.Hour)
}

// postmaster returns the process id of PostgreSQL's main process, or 0 when there is
// none.
func postmaster(s *Server) int {
	text, _ := s.instance.files.ReadFile(pidFile)
	line, _, _ := strings.Cut(string(text), "\n")
	pid, _ := strconv.Atoi(line)
	return pid
}

func mustStart(t *testing.T, opts Options) *Server {
	t.Helper()
	s, err := StartServer(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Stop() })
	return s
}

func mustStop(t *testing.T, s *Server) {
	t.Helper()
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testtime.MaxWait)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// query runs statements and returns the first value of the last one.
func query(t *testing.T, url, sql string) string {
	t.Helper()
	conn := connect(t, url)
	defer conn.Close(t.Context())
	results, err := conn.PgConn().Exec(t.Context(), sql).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows := results[len(results)-1].Rows
	if len(rows) == 0 {
		return ""
	}
	return string(rows[0][0])
}

func itoa(n int) string { return strconv.Itoa(n) }

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can change accounts")
	}
}

// holder is a helper process that runs a server.
type holder struct {
	process    *os.Process
	url, dir   string
	postmaster int
}

func startHolder(t *testing.T, opts Options) holder {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Stderr = os.Stderr
	text, err := json.Marshal(helper{opts, rootBase})
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), holdEnv+"="+string(text))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	h := holder{process: cmd.Process}
	if _, err := fmt.Fscan(out, &h.url, &h.postmaster, &h.dir); err != nil {
		t.Fatalf("the helper process failed: %v", err)
	}
	return h
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// isAlive reports whether the process exists.
func isAlive(pid int) bool { return syscall.Kill(pid, 0) == nil }

// processesIn returns the processes whose working directory is dir: the script in
// that of the instance, PostgreSQL in the data directory.
func processesIn(t *testing.T, dir string) []int {
	t.Helper()
	links, _ := filepath.Glob("/proc/[0-9]*/cwd")
	if len(links) == 0 {
		t.Skip("needs /proc")
	}
	var pids []int
	for _, link := range links {
		if at, err := os.Readlink(link); err == nil && at == dir {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(link)))
			pids = append(pids, pid)
		}
	}
	return pids
}

// withoutSync makes tests faster and data unsafe.
var withoutSync = map[string]string{"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

// newDir returns a path for Options.Dir that does not exist yet.
func newDir(t *testing.T) string {
	t.Helper()
	testtime.Slow(t)
	return filepath.Join(t.TempDir(), ".data")
}

// seededDir returns an Options.Dir with a copy of the seed, which is faster than
// initdb.
func seededDir(t *testing.T) string {
	t.Helper()
	seed := filepath.Join(sharedServer(t).instance.dir, "seed")
	dir := newDir(t)
	acc, err := findAccount()
	if err != nil {
		t.Fatal(err)
	}
	p, err := openInstance(Options{Dir: dir}, acc)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	if out, err := exec.Command("cp", "-a", seed, p.data()).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}

// temporaryDir creates a directory for Options.Temporary.
func temporaryDir(t *testing.T) string {
	t.Helper()
	testtime.Slow(t)
	dir, err := os.MkdirTemp(testBase, "")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
