package devdb

import (
	"context"
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

// Variables that make the test binary a helper process.
const (
	holdEnv      = "LOCALPG_TEST_HOLD"      // start a server in this directory and wait to be killed
	temporaryEnv = "LOCALPG_TEST_TEMPORARY" // not empty: a temporary one
	baseEnv      = "LOCALPG_TEST_BASE"      // its rootBase
)

// testBase is open to every account, as /tmp is.
var testBase string

func TestMain(m *testing.M) {
	if dir, ok := os.LookupEnv(holdEnv); ok {
		rootBase = os.Getenv(baseEnv)
		hold(Options{Dir: dir, Temporary: os.Getenv(temporaryEnv) != ""})
	}
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	var err error
	testBase, err = os.MkdirTemp("/tmp", "localpg-test-")
	if err := errors.Join(err, os.Chmod(testBase, 0o777|os.ModeSticky)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(testBase)
	rootBase = filepath.Join(testBase, "root")
	// What the environment says must not reach PostgreSQL.
	os.Setenv("PGPORT", "6543")
	os.Setenv("FERNET_KEY", "do-not-hand-on")
	defer func() {
		if sharedServer != nil {
			sharedServer.Stop()
		}
	}()
	return m.Run()
}

var (
	sharedOnce   sync.Once
	sharedServer *Server
	sharedErr    error
)

// shared is a server for the tests that only look at one. Its settings try
// to open it.
func shared(t *testing.T) *Server {
	t.Helper()
	sharedOnce.Do(func() {
		sharedServer, sharedErr = startShared(context.Background())
	})
	if sharedErr != nil {
		t.Fatal(sharedErr)
	}
	return sharedServer
}

// hold is the helper process: it prints the server's URL, PostgreSQL's first
// process and the place, and waits to be killed.
func hold(opts Options) {
	s, err := StartServer(context.Background(), opts)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(s.URL(), postmaster(s), s.place.dir)
	time.Sleep(time.Hour)
}

func startShared(ctx context.Context) (*Server, error) {
	dir, err := os.MkdirTemp(testBase, "")
	if err != nil {
		return nil, err
	}
	opts := Options{Dir: dir, Temporary: true, Settings: map[string]string{
		"max_connections":         "37",
		"listen_addresses":        "*",
		"port":                    "54329",
		"unix_socket_directories": "/tmp",
		"search_path":             `"a'b $c", public`,
	}}
	s, err := StartServer(ctx, opts)
	if err != nil {
		return nil, err
	}
	// Stopped, its data is whole: the seed of other servers.
	if err := errors.Join(s.Stop(), exec.Command("cp", "-a", s.DataDir(), filepath.Join(dir, "seed")).Run()); err != nil {
		return nil, err
	}
	return StartServer(ctx, opts)
}

// postmaster returns the id of PostgreSQL's first process, 0 when there is none.
func postmaster(s *Server) int {
	text, _ := s.place.files.ReadFile(pidFile)
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

// run executes statements and closes its connection.
func run(t *testing.T, url, sql string) {
	t.Helper()
	conn := connect(t, url)
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

// query returns the one value of a statement as text.
func query(t *testing.T, s *Server, sql string) string {
	t.Helper()
	conn := connect(t, s.URL())
	defer conn.Close(t.Context())
	var value string
	if err := conn.QueryRow(t.Context(), sql).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func itoa(n int) string { return strconv.Itoa(n) }

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can change accounts")
	}
}

func eventually(t *testing.T, what string, check func() bool) {
	t.Helper()
	for deadline := time.Now().Add(testtime.MaxWait); !check(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never happened: %s", what)
		}
	}
}

// holder is a helper process that holds a server.
type holder struct {
	process    *os.Process
	url, dir   string
	postmaster int
}

func startHolder(t *testing.T, opts Options) holder {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), holdEnv+"="+opts.Dir, baseEnv+"="+rootBase)
	if opts.Temporary {
		cmd.Env = append(cmd.Env, temporaryEnv+"=yes")
	}
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

// isAlive reports whether there is a process.
func isAlive(pid int) bool { return syscall.Kill(pid, 0) == nil }

// processesIn returns the processes that work in dir: the script in the place,
// PostgreSQL in the data.
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
