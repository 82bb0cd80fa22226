//go:build unix

package localpg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// startTimeout includes the recovery after a crash.
const startTimeout = time.Minute

// Resume starts a server again after Halt or Crash, at the same URL.
func (s *Server) Resume(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped || s.process != nil && !s.process.ended() {
		return errors.New("only a halted server can be resumed")
	}
	if err := endOrphans(s.place.data()); err != nil {
		return err
	}
	log, err := openLog(s.place.logFile())
	if err != nil {
		return err
	}
	defer log.Close()
	return s.run(ctx, log)
}

// run starts PostgreSQL and waits until it is ready; it is not left running
// when that fails.
func (s *Server) run(ctx context.Context, log *os.File) error {
	before, err := log.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	cmd := exec.Command(s.binaries.path("postgres"), s.arguments()...)
	cmd.Dir = s.place.data()
	cmd.Stdout, cmd.Stderr = log, log
	started, err := startProcess(cmd, s.place.account)
	if err != nil {
		return err
	}
	s.process = started
	err = s.awaitReady(ctx)
	if errors.Is(err, errEndedEarly) {
		return fmt.Errorf("%w: %s", err, logComplaint(s.place.logFile(), before))
	}
	if err != nil {
		started.shutdown()
	}
	return err
}

var errEndedEarly = errors.New("PostgreSQL did not start")

// awaitReady returns when PostgreSQL accepts connections. The error is
// errEndedEarly, or why the wait was given up.
func (s *Server) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout,
		fmt.Errorf("PostgreSQL did not get ready within %v", startTimeout))
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-s.process.done:
			return errEndedEarly
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
			found := readPIDFile(s.place.data())
			if found.ready && found.pid == s.process.cmd.Process.Pid {
				return nil
			}
		}
	}
}

// arguments are the settings on the command line, where they win over the
// files in the data folder, and the last one of a name wins.
func (s *Server) arguments() []string {
	args := []string{"-D", s.place.data()}
	set := func(name, value string) { args = append(args, "-c", name+"="+value) }

	set("timezone", "UTC")
	set("log_timezone", "UTC")
	if s.opts.Unsynced {
		set("fsync", "off")
		set("synchronous_commit", "off")
		set("full_page_writes", "off")
		set("max_wal_size", "128MB") // it may be in memory
	}
	for name, value := range s.opts.Settings {
		set(name, value)
	}
	// What keeps it private, and what this package relies on.
	set("listen_addresses", "")
	set("unix_socket_directories", s.socketDir)
	set("unix_socket_permissions", "0700")
	set("port", "5432") // of the socket's name; PGPORT has no say
	set("hba_file", s.place.path("pg_hba.conf"))
	set("ident_file", s.place.path("pg_ident.conf"))
	set("logging_collector", "off")
	set("log_destination", "stderr")
	return args
}
