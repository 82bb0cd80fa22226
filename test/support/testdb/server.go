package testdb

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/devdb"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// The server of this test process, set by start.
var (
	server *Postgres
	admin  *pgxpool.Pool // connected to its database postgres
	// cloning is the option that makes "create database" copy the files, as versions
	// before 15 always do: without durability that is faster than writing them to the WAL.
	cloning string
)

var underMain bool

// Main runs the tests of a package, stops their server and returns the exit code.
func Main(m *testing.M) int {
	underMain = true
	defer stop()
	return m.Run()
}

// start starts the server of this test process once, without durability: a crash
// ends the tests too.
var start = sync.OnceValue(func() error {
	if !underMain {
		return errors.New("this package needs: func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }")
	}
	ctx := context.Background() // outlives the first test
	started, err := StartPostgres(ctx, memoryDir(), map[string]string{
		"max_connections":    "400", // for all parallel tests
		"fsync":              "off",
		"synchronous_commit": "off",
		"full_page_writes":   "off",
		"max_wal_size":       "128MB", // the data may be in memory
	})
	if err != nil {
		return err
	}
	server = started
	if admin, err = pgxpool.New(ctx, server.URL()); err != nil {
		return err
	}
	return admin.QueryRow(ctx, `select case when current_setting('server_version_num')::int >= 150000
		then ' strategy file_copy' else '' end`).Scan(&cloning)
})

func stop() {
	if admin != nil {
		admin.Close()
	}
	if server == nil {
		return
	}
	if err := server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "testdb:", err)
	}
}

// Server starts a durable server for one test, which may halt, crash and resume it.
// Its database postgres, at Postgres.URL, has the tables of the shape Own. The server is
// stopped when the test ends.
func Server(t testing.TB) *Postgres {
	t.Helper()
	s, err := StartPostgres(t.Context(), shortDir, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.stopAtEnd(t)
	if err := build(t.Context(), s.URL(), Own); err != nil {
		t.Fatal(err)
	}
	return s
}

//go:embed alembic.sql
var alembicSQL string

var templates sync.Map // of functions that create the template database of a shape once

// templateOf returns the name of the template database of a shape.
func templateOf(shape Shape) (string, error) {
	if err := start(); err != nil {
		return "", err
	}
	name := "template_" + string(shape)
	create, _ := templates.LoadOrStore(shape, sync.OnceValue(func() error {
		ctx := context.Background()
		if _, err := admin.Exec(ctx, "create database "+name); err != nil {
			return err
		}
		return build(ctx, server.DatabaseURL(name), shape)
	}))
	return name, create.(func() error)()
}

// build creates the tables of a shape in an empty database and closes all
// connections to it.
func build(ctx context.Context, url string, shape Shape) error {
	pool, err := open(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	if shape == Alembic || shape == Unmigrated {
		_, err = pool.Exec(ctx, alembicSQL)
	}
	if shape == Own || shape == Alembic {
		err = errors.Join(err, db.Migrate(ctx, pool, slog.New(slog.DiscardHandler)))
	}
	return err
}

// Postgres is a private PostgreSQL server with temporary data, which is removed by
// Stop or at the end of this process.
type Postgres struct {
	*devdb.Server
	options devdb.Options
}

// StartPostgres starts a server with further settings, nil for none. Its data is in
// a new directory below parent, which PostgreSQL's account must be able to enter.
func StartPostgres(ctx context.Context, parent string, settings map[string]string) (*Postgres, error) {
	dir, err := os.MkdirTemp(parent, "profile-pg-")
	if err != nil {
		return nil, err
	}
	p := &Postgres{options: devdb.Options{Dir: dir, Temporary: true, Settings: settings}}
	if err := p.Resume(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return p, nil
}

// Standby starts a hot standby of p, which is restarted for it. The standby replicates
// from primaryURL, which leads to p. From now on p acknowledges a commit only when the
// standby has it. The standby is stopped when the test ends.
func (p *Postgres) Standby(t testing.TB, primaryURL string) *Postgres {
	t.Helper()
	dir, err := os.MkdirTemp(shortDir, "profile-pg-")
	if err != nil {
		t.Fatal(err)
	}
	s := &Postgres{options: devdb.Options{Dir: dir, Temporary: true, Settings: map[string]string{"primary_conninfo": primaryURL}}}
	data := filepath.Join(dir, "data")
	err = p.Halt()
	for _, copied := range [][2]string{{p.DataDir(), data}, {filepath.Join(data, "PG_VERSION"), filepath.Join(data, "standby.signal")}} {
		err = errors.Join(err, exec.Command("cp", "-a", copied[0], copied[1]).Run()) // keeps the owner
	}
	if err := errors.Join(err, p.Resume(t.Context()), s.Resume(t.Context())); err != nil {
		t.Fatal(errors.Join(err, os.RemoveAll(dir)))
	}
	s.stopAtEnd(t)
	primary := Open(t, p.URL())
	testtime.Eventually(t, "the standby replicates", func() bool {
		return Value[bool](t, primary, "select exists (select from pg_stat_replication where state = 'streaming')")
	})
	Exec(t, primary, "alter system set synchronous_standby_names = '*'")
	Exec(t, primary, "select pg_reload_conf()")
	testtime.Eventually(t, "replication is synchronous", func() bool {
		return Value[bool](t, primary, "select exists (select from pg_stat_replication where sync_state = 'sync')")
	})
	primary.Close()
	return s
}

// Promote makes a standby accept writes.
func (p *Postgres) Promote(t testing.TB) {
	t.Helper()
	if !Value[bool](t, Open(t, p.URL()), "select pg_promote()") {
		t.Fatal("the standby was not promoted")
	}
}

// Halt shuts PostgreSQL down, ends its sessions and keeps its data for Resume.
func (p *Postgres) Halt() error { return p.Server.Stop() }

// Resume starts PostgreSQL again after Halt or Crash, at the same URL.
func (p *Postgres) Resume(ctx context.Context) error {
	started, err := devdb.StartServer(ctx, p.options)
	if err != nil {
		return err
	}
	p.Server = started
	return nil
}

// Stop stops PostgreSQL and removes its data.
func (p *Postgres) Stop() error {
	return errors.Join(p.Server.Stop(), os.RemoveAll(p.options.Dir))
}

func (p *Postgres) stopAtEnd(t testing.TB) {
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
}

// Crash kills all PostgreSQL processes that /proc lists, otherwise the postmaster,
// whose children then end themselves. Resume recovers committed data.
func (p *Postgres) Crash() error {
	data := p.DataDir()
	file := filepath.Join(data, "postmaster.pid")
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	// Without the postmaster, which comes first, no further process starts. A process
	// that it has just started could wait for a killed one for ever.
	for pids := []string{line}; len(pids) > 0; pids = processesIn(data) {
		for _, text := range pids {
			pid, err := strconv.Atoi(text)
			if err != nil {
				return err
			}
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may already have ended
		}
	}
	// Without the file, pg_ctl does not wait for a process that is not reaped.
	err = os.Remove(file)
	_ = p.Server.Stop() // fails: the server has ended
	return err
}

// processesIn returns the ids of the processes whose working directory is dir, none
// without /proc.
func processesIn(dir string) (pids []string) {
	links, _ := filepath.Glob("/proc/[0-9]*/cwd") // a constant pattern cannot fail
	for _, link := range links {
		if at, err := os.Readlink(link); err == nil && at == dir {
			pids = append(pids, filepath.Base(filepath.Dir(link)))
		}
	}
	return pids
}

// shortDir is a directory with a short path that every account can enter.
const shortDir = "/tmp"

// memoryDir returns a directory in memory with enough space, in which databases
// are cloned several times as fast, otherwise shortDir.
func memoryDir() string {
	const (
		dir        = "/dev/shm"
		tmpfsMagic = 0x01021994
		needed     = 1 << 30 // bytes; a test server needs about 200 MB, and many run in parallel
	)
	var stat syscall.Statfs_t
	err := syscall.Statfs(dir, &stat)
	if err != nil || stat.Type != tmpfsMagic || stat.Bavail*uint64(stat.Bsize) < needed {
		return shortDir
	}
	return dir
}
