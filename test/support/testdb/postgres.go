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

// Postgres is a private server whose data is temporary: Stop removes it, and so
// does the end of this process.
type Postgres struct {
	*devdb.Server
	options devdb.Options
}

// StartPostgres starts a server with further settings, nil for none, and its data
// in a new directory of parent, which PostgreSQL's account can enter.
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

// Halt stops PostgreSQL but keeps its data, so that Resume can start it again.
// Sessions are cut, data is written out.
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

// Crash kills all PostgreSQL processes at once, where /proc lists them, else the
// first one, after which the others end by themselves. Resume recovers what was
// committed.
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
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may just have ended
	}
	// Without the file, pg_ctl does not wait for a process that nobody reaps.
	err = os.Remove(file)
	_ = p.Server.Stop() // fails, because there is nothing to stop
	return err
}

// shortDir is a directory that every account can enter.
const shortDir = "/tmp"

// memoryDir is a directory whose files live in memory, where databases are cloned
// several times faster, when there is one with enough room, else shortDir.
func memoryDir() string {
	const (
		dir        = "/dev/shm"
		tmpfsMagic = 0x01021994
		needed     = 1 << 30 // bytes; a test server needs some 200 MB, and many run at a time
	)
	var stat syscall.Statfs_t
	err := syscall.Statfs(dir, &stat)
	if err != nil || stat.Type != tmpfsMagic || uint64(stat.Bavail)*uint64(stat.Bsize) < needed {
		return shortDir
	}
	return dir
}
