package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// candidate is a server to measure.
type candidate struct {
	name string
	// prepare returns the command that runs it.
	prepare func(ctx context.Context, s *stage) ([]string, error)
}

var (
	ours = candidate{"profile-server", func(ctx context.Context, s *stage) ([]string, error) {
		file, err := s.program(ctx, "profile-server", ".", "-trimpath")
		return []string{file}, err
	}}
	bare = candidate{"bare handler", func(ctx context.Context, s *stage) ([]string, error) {
		file, err := s.program(ctx, "bare", "./bench/bare", "-trimpath")
		return []string{file}, err
	}}
	mercurius    = nodeCandidate("Mercurius", "bench/mercurius")
	postgraphile = nodeCandidate("PostGraphile", "bench/postgraphile")
)

func nodeCandidate(name, folder string) candidate {
	return candidate{name, func(ctx context.Context, _ *stage) ([]string, error) {
		progress("installing %s", name)
		install := exec.CommandContext(ctx, "scripts/npm-install", folder)
		if output, err := install.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("npm-install %s: %w\n%s", folder, err, output)
		}
		return []string{"node", folder + "/server.js"}, nil
	}}
}

// server is a candidate that runs on a database.
type server struct {
	candidate
	*database
	address string // host:port
	admin   string // host:port of ADMIN_ADDR
	cmd     *exec.Cmd
	log     *os.File
}

// start runs a candidate with the settings of a production server, which the
// others are told in the same words. It does not wait until it serves.
func (s *stage) start(ctx context.Context, c candidate, companies int) (*server, error) {
	d, err := s.database(ctx, companies)
	if err != nil {
		return nil, err
	}
	command, err := c.prepare(ctx, s)
	if err != nil {
		return nil, err
	}
	return s.launch(ctx, &server{candidate: c, database: d}, command)
}

func (s *stage) launch(ctx context.Context, v *server, command []string) (*server, error) {
	var err error
	if v.address, err = freeAddress(); err != nil {
		return nil, err
	}
	if v.admin, err = freeAddress(); err != nil {
		return nil, err
	}
	if v.log, err = os.CreateTemp(s.dir, "log-*"); err != nil {
		return nil, err
	}
	v.cmd = exec.CommandContext(ctx, command[0], command[1:]...)
	v.cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + s.dir,
		"NODE_ENV=production",
		"GRAPHILE_ENV=production",
		"DATABASE_URL=" + v.url,
		"JWT_SECRET_KEY=" + jwtKey,
		"FERNET_KEY=" + fernetKey,
		"LISTEN_ADDR=" + v.address,
		"ADMIN_ADDR=" + v.admin,
		"LOG_LEVEL=info",
		"LOG_FORMAT=json",
	}
	v.cmd.Stdout, v.cmd.Stderr = v.log, v.log
	return v, v.cmd.Start()
}

// freeAddress is one of this machine that nobody uses at the moment.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}

// startPatience covers a machine that is busy.
const startPatience = 30 * time.Second

// awaitAnswer asks until the server answers the request right.
func (v *server) awaitAnswer(ctx context.Context, r request) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		err := v.ask(ctx, r, v.people[0])
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("%s does not answer: %w", v.name, err), v.complaint())
		}
	}
}

// complaint is the end of its log.
func (v *server) complaint() error {
	text, err := os.ReadFile(v.log.Name())
	if err != nil {
		return err
	}
	return fmt.Errorf("its log ends: %s", text[max(0, len(text)-2000):])
}

// forgetLog keeps the log from filling the disk in a long run.
func (v *server) forgetLog() error { return os.Truncate(v.log.Name(), 0) }

func (v *server) stop() {
	_ = v.cmd.Process.Kill() // fails when it has ended already
	_ = v.cmd.Wait()
	_ = v.log.Close()
	_ = os.Remove(filepath.Clean(v.log.Name()))
}
