// Package devdb runs the private PostgreSQL of a run without DATABASE_URL and of
// the tests, from the server binaries that are installed on this machine. It
// keeps the keys of a development run and fills its demo data.
//
// Private means: no TCP port, a Unix socket in a directory of mode 0700, and peer
// authentication that lets in the operating system account of this process
// and no other. There is no password that could leak, so a URL may be shown.
//
// PostgreSQL refuses to run as root. When this process is root, PostgreSQL
// runs as the account postgres, or nobody, and its data lives below
// /var/lib/staysidekick-profile, because that account may be unable to enter
// Options.Dir; a file in Options.Dir records its name.
//
// A script, postgres.sh, runs initdb and pg_ctl. It stops PostgreSQL when this
// process ends, however it ends.
package devdb

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// ErrNotInstalled is returned by StartServer when no usable server binaries are
// found. Its text is one line for people, and says what to install.
var ErrNotInstalled = errors.New("no PostgreSQL server (version 13 or newer) is installed:" +
	" on Debian and Ubuntu run `apt-get install postgresql`, elsewhere install the system's PostgreSQL server package")

// ErrInUse is in the error of StartServer when another process runs a server on
// the same data.
var ErrInUse = errors.New("in use by another run; stop that one first")

// ErrOthers is returned by Remove when there is data of another account.
var ErrOthers = errors.New("there is data of another account: run this as root for that of root, else as the one that it belongs to")

// Options says how a server is started.
type Options struct {
	// Dir is the directory that holds the data or, for root, the record of its
	// name. It is made when missing, its parent is not. Data is kept across
	// restarts, until Delete.
	Dir string

	// Temporary says that Dir, which exists, is for this process alone.
	// PostgreSQL's account becomes its owner, also where that is not root's. It
	// is removed when this process ends without Stop, and else left to the caller.
	Temporary bool

	// Settings are further server settings, as in postgresql.conf. Those that
	// keep the server private (addresses, sockets, authentication) cannot be
	// changed by them.
	Settings map[string]string

	// Log gets where the data lives; nil is silent. PostgreSQL's own log is a
	// file beside the data.
	Log *slog.Logger
}

// Server is a running PostgreSQL. Its methods are safe for concurrent use.
type Server struct {
	place *place
	stdin io.WriteCloser // of the script
	ended chan error     // how the script has ended
	stop  func() error
}

// StartServer starts a server and returns when it accepts connections; the first
// start in a directory takes a second or two longer, to make the data. When ctx
// ends before that, everything is undone but finished data. The caller must
// Stop the server; if this process is killed instead, PostgreSQL is stopped.
//
// Errors are one line. ErrNotInstalled and ErrInUse match with errors.Is.
func StartServer(ctx context.Context, opts Options) (*Server, error) {
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
	p, err := openPlace(opts, acc)
	if err != nil {
		return nil, err
	}
	s := &Server{place: p, ended: make(chan error, 1)}
	s.stop = sync.OnceValue(s.stopOnce)
	if err := s.bringUp(ctx, opts); err != nil {
		p.close()
		return nil, err
	}
	return s, nil
}

// bringUp turns a locked place into a running server.
func (s *Server) bringUp(ctx context.Context, opts Options) error {
	major := s.place.dataMajor()
	bin, installed, err := findBinaries(major, packagePatterns)
	if err != nil && major != 0 {
		return fmt.Errorf("%s: %w", s.place.data(), err)
	}
	if err != nil {
		return err
	}
	if err := s.place.endLeftover(bin); err != nil {
		return err
	}
	log, err := s.place.newLog()
	if err != nil {
		return err
	}
	defer log.Close()
	if major == 0 {
		opts.Log.Info("making a private PostgreSQL", "version", installed, "data", s.place.data())
	}
	if err := s.runScript(ctx, bin, opts, log); err != nil {
		return err
	}
	opts.Log.Info("private PostgreSQL started", "version", installed, "data", s.place.data())
	return nil
}

//go:embed postgres.sh
var script string

// runScript starts the script and returns when PostgreSQL accepts connections.
// Where it does not, the script has ended.
func (s *Server) runScript(ctx context.Context, bin string, opts Options, log *os.File) error {
	socket, temporary := s.place.socketDir(), ""
	if opts.Temporary {
		temporary = "yes"
	}
	cmd := s.place.command("/bin/sh", "-c", script, "postgres.sh",
		bin, s.place.account.client, socket, commandLine(opts.Settings, socket), temporary)
	cmd.Stderr = log // PostgreSQL's as well
	cmd.ExtraFiles = []*os.File{s.place.server}
	var err error
	if s.stdin, err = cmd.StdinPipe(); err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { s.ended <- cmd.Wait() }()
	tick := time.NewTicker(10 * time.Millisecond) // pg_ctl looks every 100 ms
	defer tick.Stop()
	for !s.place.isReady() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			s.stdin.Close()
			<-s.ended
			return context.Cause(ctx)
		case <-s.ended:
			text, err := io.ReadAll(io.NewSectionReader(log, 0, 1<<20))
			return errors.Join(err, fmt.Errorf("PostgreSQL did not start: %s", complaint(string(text))))
		}
	}
	return nil
}

// isReady reports whether PostgreSQL accepts connections, as it notes itself.
func (p *place) isReady() bool {
	text, err := p.files.ReadFile(pidFile)
	return err == nil && strings.Contains(string(text), "\nready")
}

// command is a command that runs as PostgreSQL's account in the place. Its
// environment holds nothing of this process's secrets, nor any PG* variable.
func (p *place) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = p.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C in the terminal is for this process alone
	if p.account.switched {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(p.account.uid), Gid: uint32(p.account.gid)}
	}
	cmd.Env = []string{"LC_ALL=C", "TZ=UTC"}
	for _, name := range []string{"PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"} {
		if value, ok := os.LookupEnv(name); ok {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	return cmd
}

const logName = "postgres.log"

// newLog makes PostgreSQL's log of this run. That of the last run is kept too.
func (p *place) newLog() (*os.File, error) {
	if err := p.files.Rename(logName, logName+".1"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return p.files.OpenFile(logName, os.O_RDWR|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
}

// socketDir is short, because a socket's path has at most 103 bytes, and the
// same for each run in the place.
func (p *place) socketDir() string {
	sum := sha256.Sum256([]byte(p.dir))
	return fmt.Sprintf("/tmp/profile-pg-%x", sum[:8])
}

// commandLine holds the settings for the command line of postgres, where they
// win over the files in the data directory, and the last one of a name wins.
func commandLine(settings map[string]string, socketDir string) string {
	var line strings.Builder
	set := func(name, value string) {
		fmt.Fprintf(&line, " -c '%s'", strings.ReplaceAll(name+"="+value, "'", `'\''`))
	}
	set("timezone", "UTC")
	set("log_timezone", "UTC")
	for name, value := range settings {
		set(name, value)
	}
	// What keeps it private, and what this package relies on.
	set("listen_addresses", "")
	set("unix_socket_directories", socketDir)
	set("unix_socket_permissions", "0700")
	set("port", "5432") // of the socket's name; PGPORT has no say
	set("hba_file", "pg_hba.conf")
	set("ident_file", "pg_ident.conf")
	set("logging_collector", "off")
	set("log_destination", "stderr")
	return line.String()
}

// complaint is the line of a log of PostgreSQL or its tools that says what is
// wrong: the first fatal one, else the last.
func complaint(output string) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	for _, line := range lines {
		for _, level := range []string{"PANIC:", "FATAL:", "error:"} {
			if _, text, ok := strings.Cut(line, level); ok {
				return strings.TrimSpace(text)
			}
		}
	}
	return strings.TrimSpace(lines[len(lines)-1])
}

// URL is the connection string of the database postgres, for this process and
// for others of the same system account. It holds no secret.
func (s *Server) URL() string { return s.DatabaseURL("postgres") }

// DatabaseURL is the connection string of another database of the server.
func (s *Server) DatabaseURL(name string) string {
	query := url.Values{"host": {s.place.socketDir()}, "port": {"5432"}, "sslmode": {"disable"}}
	u := url.URL{Scheme: "postgres", User: url.User("profile"), Path: "/" + name, RawQuery: query.Encode()}
	return u.String()
}

// DataDir is PostgreSQL's data directory.
func (s *Server) DataDir() string { return s.place.data() }

// Stop ends the server: its sessions are cut and its data is written out.
// Stopping again does nothing. It takes a fraction of a second, at most about two
// minutes; an error says that PostgreSQL had ended before or had to be killed.
func (s *Server) Stop() error { return s.stop() }

func (s *Server) stopOnce() error {
	defer s.place.close()
	_, _ = io.WriteString(s.stdin, "stop\n")
	if err := <-s.ended; err != nil {
		return errors.New("PostgreSQL had ended before, or did not stop within a minute and was killed; it recovers at the next start")
	}
	return nil
}
