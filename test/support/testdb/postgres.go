package testdb

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/stay-sidekick/profile-server/internal/devdb"
)

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
	pids := []string{line}
	links, _ := filepath.Glob("/proc/[0-9]*/cwd") // a constant pattern cannot fail
	for _, link := range links {
		if dir, err := os.Readlink(link); err == nil && dir == data {
			pids = append(pids, filepath.Base(filepath.Dir(link)))
		}
	}
	for _, text := range pids {
		pid, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may already have ended
	}
	// Without the file, pg_ctl does not wait for a process that is not reaped.
	err = os.Remove(file)
	_ = p.Server.Stop() // fails: the server has ended
	return err
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
	if err != nil || stat.Type != tmpfsMagic || uint64(stat.Bavail)*uint64(stat.Bsize) < needed {
		return shortDir
	}
	return dir
}
