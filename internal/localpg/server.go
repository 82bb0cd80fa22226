//go:build unix

package localpg

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"syscall"
)

// Server is a running PostgreSQL. Its methods are safe for concurrent use.
type Server struct {
	opts      Options
	binaries  binaries
	place     *place
	socketDir string

	mu      sync.Mutex
	process *process
	stopped bool
}

// Start starts a server and returns when it accepts connections; the first
// start on a folder takes a second or two longer, to make the data. When ctx
// ends before that, everything is undone but finished data. The caller must
// Stop the server; if this process is killed instead, Linux ends PostgreSQL,
// and the next Start cleans up.
//
// Errors are one line. ErrNotInstalled and ErrInUse can be told by errors.Is.
func Start(ctx context.Context, opts Options) (*Server, error) {
	s, err := start(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("private PostgreSQL: %w", err)
	}
	return s, nil
}

func start(ctx context.Context, opts Options) (*Server, error) {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	acc, err := findAccount()
	if err != nil {
		return nil, err
	}
	if opts.Dir == "" {
		sweep(acc)
	}
	p, err := openPlace(opts, acc)
	if err != nil {
		return nil, err
	}
	s := &Server{opts: opts, place: p}
	if err := s.bringUp(ctx); err != nil {
		s.Stop()
		return nil, err
	}
	opts.Log.Info("private PostgreSQL started", "version", s.binaries.major, "data", p.data())
	return s, nil
}

// bringUp turns a locked place into a running server.
func (s *Server) bringUp(ctx context.Context) error {
	major, err := s.place.dataMajor()
	if err != nil {
		return err
	}
	if s.binaries, err = findBinaries(major, packagePatterns); errors.Is(err, errOtherVersion) {
		return fmt.Errorf("%w: install that version too, or delete %s to start with fresh data", err, s.place.data())
	}
	if err != nil {
		return err
	}
	if major == 0 {
		s.opts.Log.Info("making a private PostgreSQL", "version", s.binaries.major, "data", s.place.data())
		if err := s.place.initialise(ctx, s.binaries, !s.opts.Unsynced && !s.place.temporary); err != nil {
			return err
		}
	}
	if err := s.place.writeAccessRules(); err != nil {
		return err
	}
	if s.socketDir, err = s.place.newSocketDir(); err != nil {
		return err
	}
	return s.Resume(ctx)
}

// URL is the connection string of the database postgres, for this process and
// for others of the same system account. It holds no secret.
func (s *Server) URL() string { return s.DatabaseURL("postgres") }

// DatabaseURL is the connection string of another database of the server.
func (s *Server) DatabaseURL(name string) string {
	query := url.Values{"host": {s.socketDir}, "port": {"5432"}, "sslmode": {"disable"}}
	u := url.URL{Scheme: "postgres", User: url.User(role), Path: "/" + name, RawQuery: query.Encode()}
	return u.String()
}

// DataDir is PostgreSQL's data folder.
func (s *Server) DataDir() string { return s.place.data() }

// LogFile is PostgreSQL's own log.
func (s *Server) LogFile() string { return s.place.logFile() }

// Halt stops PostgreSQL but keeps everything else, so that Resume can start
// it again. Sessions are cut, data is written out.
func (s *Server) Halt() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return nil
	}
	return s.process.shutdown()
}

// Crash kills all PostgreSQL processes at once. Resume recovers what was
// committed, unless the server is Unsynced.
func (s *Server) Crash() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil || s.process.ended() {
		return nil
	}
	signalAll(s.place.data(), syscall.SIGKILL)
	s.process.cmd.Process.Kill()
	<-s.process.done
	return nil
}

// Stop ends the server for good, and removes what is temporary. Stopping
// again does nothing. It takes a fraction of a second, at most about a minute; an
// error says that PostgreSQL had to be killed, or what could not be removed.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return nil
	}
	s.stopped = true
	var err error
	if s.process != nil {
		err = s.process.shutdown()
	}
	return errors.Join(err, s.place.removeSocketDir(), s.place.close())
}
