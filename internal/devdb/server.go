// Package devdb runs a private PostgreSQL for development runs, which have no
// DATABASE_URL, and for tests. It uses the server binaries that are installed on
// this machine, or those from npm. For development runs it also creates the keys and
// the demo data.
//
// Private means: no TCP port, a Unix socket in a directory of mode 0700, and peer
// authentication that accepts only the operating system account of this process.
// There is no password, so a URL may be printed.
//
// PostgreSQL does not run as root. When this process runs as root, PostgreSQL runs
// as the account postgres, or nobody, and its data is below
// /var/lib/staysidekick-profile, because that account may be unable to enter
// Options.Dir. A file in Options.Dir records the name of the directory.
//
// A script, postgres.sh, runs initdb and pg_ctl. It stops PostgreSQL when this
// process ends, even when it is killed.
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
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"
)

// ErrNotInstalled is returned by StartServer when no usable server binaries are
// found. Its text is one line that says what to install.
var ErrNotInstalled = errors.New("no PostgreSQL server (version 13 or newer) is installed:" +
	" on Debian and Ubuntu run `apt-get install postgresql`, elsewhere install the system's PostgreSQL server package; `make run` can install one with npm")

// ErrInUse is returned by StartServer and Remove when another process runs a server
// on the same data.
var ErrInUse = errors.New("in use by another run; stop that one first")

// ErrOtherAccount is returned by Remove when another account owns the data.
var ErrOtherAccount = errors.New("the data belongs to another account: run this command as that account")

// Options configures a server.
type Options struct {
	// Dir is the directory that contains the instance or, for root, the record of
	// its name. StartServer creates it, but not its parent. Data is kept until
	// Remove.
	Dir string

	// Temporary means that Dir exists and is the instance itself, for this process
	// alone. PostgreSQL's account becomes its owner. Dir is removed when this
	// process ends without Stop; otherwise the caller removes it.
	Temporary bool

	// Settings are further server settings, as in postgresql.conf. They cannot
	// change the settings that keep the server private: addresses, sockets and
	// authentication.
	Settings map[string]string

	// Log receives the path of the data; nil disables it. PostgreSQL's own log is a
	// file beside the data.
	Log *slog.Logger
}

// Server is a running PostgreSQL. Its methods are safe for concurrent use.
type Server struct {
	instance *instance
	stdin    io.WriteCloser // of the script
	ended    chan error     // receives the result of the script
	stop     func() error
}

// StartServer starts a server and returns when it accepts connections. The first
// start in a directory creates the data, which takes one or two seconds longer.
// When ctx is cancelled before that, the server is stopped and incomplete data is
// removed at the next start. The caller must Stop the server; PostgreSQL also stops
// when this process is killed.
//
// Errors are one line. They include ErrNotInstalled and ErrInUse.
func StartServer(ctx context.Context, opts Options) (_ *Server, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("private PostgreSQL: %w", err)
		}
	}()
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	acc, err := findAccount()
	if err != nil {
		return nil, err
	}
	p, err := openInstance(opts, acc)
	if err != nil {
		return nil, err
	}
	s := &Server{instance: p, ended: make(chan error, 1)}
	s.stop = sync.OnceValue(s.stopOnce)
	if err := s.launch(ctx, opts); err != nil {
		p.close()
		return nil, err
	}
	return s, nil
}

// launch starts PostgreSQL on a locked instance.
func (s *Server) launch(ctx context.Context, opts Options) error {
	major := s.instance.dataMajor()
	bin, installed, err := findBinaries(major, packagePatterns)
	if err != nil && major != 0 {
		err = fmt.Errorf("%s: %w", s.instance.data(), err)
	}
	if err != nil {
		return err
	}
	if err := s.instance.stopLeftover(bin); err != nil {
		return err
	}
	log, err := s.instance.newLog()
	if err != nil {
		return err
	}
	defer log.Close()
	if major == 0 {
		opts.Log.Info("creating a private PostgreSQL", "version", installed, "data", s.instance.data())
	}
	if err := s.runScript(ctx, bin, opts, log); err != nil {
		return err
	}
	opts.Log.Info("private PostgreSQL started", "version", installed, "data", s.instance.data())
	return nil
}

//go:embed postgres.sh
var script string

// runScript starts the script and returns when PostgreSQL accepts connections. When
// it fails, the script has ended.
func (s *Server) runScript(ctx context.Context, bin string, opts Options, log *os.File) error {
	socket, temporary := s.instance.socketDir(), ""
	if opts.Temporary {
		temporary = "yes"
	}
	cmd := s.instance.command("/bin/sh", "-c", script, "postgres.sh",
		bin, s.instance.account.client, socket, commandLine(opts.Settings, socket), temporary)
	cmd.Stderr = log // also that of PostgreSQL
	cmd.ExtraFiles = []*os.File{s.instance.server}
	var err error
	if s.stdin, err = cmd.StdinPipe(); err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { s.ended <- cmd.Wait() }()
	tick := time.NewTicker(10 * time.Millisecond) // pg_ctl checks every 100 ms
	defer tick.Stop()
	for !s.instance.isReady() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			s.stdin.Close()
			<-s.ended //nolint:errcheck // PostgreSQL was signalled to stop
			return context.Cause(ctx)
		case <-s.ended: //nolint:errcheck // the log has the cause
			text, err := io.ReadAll(io.NewSectionReader(log, 0, 1<<20))
			return errors.Join(err, fmt.Errorf("PostgreSQL did not start: %s", errorLine(string(text))))
		}
	}
	return nil
}

// isReady reports whether PostgreSQL has recorded that it accepts connections.
func (p *instance) isReady() bool {
	text, err := p.files.ReadFile(pidFile)
	return err == nil && strings.Contains(string(text), "\nready")
}

// command returns a command that runs as PostgreSQL's account in the directory of
// the instance. Its environment contains neither secrets of this process nor PG*
// variables.
func (p *instance) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = p.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C in the terminal signals this process only
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

// newLog creates PostgreSQL's log of this run and keeps that of the last run.
func (p *instance) newLog() (*os.File, error) {
	if err := p.files.Rename(logName, logName+".1"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return p.files.OpenFile(logName, os.O_RDWR|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
}

// socketDir returns a short path, because the path of a socket is limited to 103
// bytes. It is the same for each run of the instance.
func (p *instance) socketDir() string {
	sum := sha256.Sum256([]byte(p.dir))
	return fmt.Sprintf("/tmp/profile-pg-%x", sum[:8])
}

// commandLine returns the settings as arguments of postgres. They override the files
// in the data directory, and the last value of a name overrides earlier ones.
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
	// These keep the server private, or this package depends on them.
	set("listen_addresses", "")
	set("unix_socket_directories", socketDir)
	set("unix_socket_permissions", "0700")
	set("port", "5432") // part of the socket's name; overrides PGPORT
	set("hba_file", "pg_hba.conf")
	set("ident_file", "pg_ident.conf")
	set("logging_collector", "off")
	set("log_destination", "stderr")
	return line.String()
}

// errorLine returns the line that describes the error in the output of PostgreSQL or
// its tools: the first fatal one, or else the last.
func errorLine(output string) string {
	if match := fatal.FindStringSubmatch(output); match != nil {
		return strings.TrimSpace(match[1])
	}
	lines := strings.Split(strings.TrimSpace(output), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

var fatal = regexp.MustCompile(`(?:PANIC:|FATAL:|error:)(.*)`)

// URL returns the connection string of the database postgres, for processes of this
// operating system account. It contains no secret.
func (s *Server) URL() string { return s.DatabaseURL("postgres") }

// DatabaseURL returns the connection string of another database of the server.
func (s *Server) DatabaseURL(name string) string {
	query := url.Values{"host": {s.instance.socketDir()}, "port": {"5432"}, "sslmode": {"disable"}}
	u := url.URL{Scheme: "postgres", User: url.User("profile"), Path: "/" + name, RawQuery: query.Encode()}
	return u.String()
}

// DataDir returns PostgreSQL's data directory.
func (s *Server) DataDir() string { return s.instance.data() }

// Stop disconnects the sessions, writes the data to disk and stops the server. Later
// calls do nothing. It takes a fraction of a second, and at most about two minutes.
// It fails when PostgreSQL had stopped before or had to be killed.
func (s *Server) Stop() error { return s.stop() }

func (s *Server) stopOnce() error {
	defer s.instance.close()
	_, _ = io.WriteString(s.stdin, "stop\n")
	if err := <-s.ended; err != nil {
		return errors.New("PostgreSQL had stopped before, or did not stop within a minute and was killed; it recovers at the next start")
	}
	return nil
}
