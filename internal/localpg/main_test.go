//go:build unix

package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stay-sidekick/profile-server/internal/testtime"
)

// Variables that make the test binary a helper process.
const (
	holdEnv     = "LOCALPG_TEST_HOLD" // start a server in this folder and wait to be killed
	holdBaseEnv = "LOCALPG_TEST_BASE" // its rootBase
)

func TestMain(m *testing.M) {
	if dir, ok := os.LookupEnv(holdEnv); ok {
		hold(dir)
	}
	// What the environment says must not reach PostgreSQL.
	os.Setenv("PGPORT", "6543")
	os.Setenv("FERNET_KEY", "do-not-hand-on")
	code := m.Run()
	if sharedServer != nil {
		sharedServer.Stop()
	}
	os.Exit(code)
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

// hold is the helper process: it prints the server's URL, its process and its
// place, and waits to be killed.
func hold(dir string) {
	s, err := Start(context.Background(), Options{Dir: dir, rootBase: os.Getenv(holdBaseEnv)})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(s.URL(), s.process.cmd.Process.Pid, s.place.dir)
	time.Sleep(time.Hour)
}

func startShared(ctx context.Context) (*Server, error) {
	s, err := Start(ctx, Options{Unsynced: true, Settings: map[string]string{
		"max_connections":         "37",
		"listen_addresses":        "*",
		"port":                    "54329",
		"unix_socket_directories": "/tmp",
	}})
	if err != nil {
		return nil, err
	}
	// Halted, its data is whole: the seed of other servers.
	err = errors.Join(s.Halt(), exec.Command("cp", "-a", s.DataDir(), s.place.path("seed")).Run(), s.Resume(ctx))
	return s, err
}

func mustStart(t *testing.T, opts Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), opts)
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
	ctx, cancel := context.WithTimeout(t.Context(), testtime.Patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// run executes statements and closes its connection.
func run(t *testing.T, s *Server, sql string) {
	t.Helper()
	conn := connect(t, s.URL())
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
	for deadline := time.Now().Add(testtime.Patience); !check(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never happened: %s", what)
		}
	}
}

// startHolder starts a process that holds a server, and returns it with the
// server's URL, postmaster and place.
func startHolder(t *testing.T, h home) (cmd *exec.Cmd, url string, pid int, dir string) {
	t.Helper()
	cmd = exec.Command(os.Args[0])
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), holdEnv+"="+h.dir, holdBaseEnv+"="+h.base)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	if _, err := fmt.Fscan(out, &url, &pid, &dir); err != nil {
		t.Fatalf("the helper process failed: %v", err)
	}
	return cmd, url, pid, dir
}
