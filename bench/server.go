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

// candidate is a server to compare.
type candidate struct {
	name string
	// prepare installs or builds the candidate and returns its command.
	prepare func(ctx context.Context, e *environment) ([]string, error)
}

var (
	ours = candidate{"profile-server", func(ctx context.Context, e *environment) ([]string, error) {
		file, err := e.program(ctx, "profile-server", ".")
		return []string{file}, err
	}}
	bare = candidate{"bare handler", func(ctx context.Context, e *environment) ([]string, error) {
		file, err := e.program(ctx, "bare", "bench/bare")
		return []string{file}, err
	}}
	mercurius    = nodeCandidate("Mercurius", "bench/mercurius")
	postgraphile = nodeCandidate("PostGraphile", "bench/postgraphile")
)

func nodeCandidate(name, folder string) candidate {
	return candidate{name, func(ctx context.Context, _ *environment) ([]string, error) {
		logProgress("installing %s", name)
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

// start runs a candidate with the settings of a production server; all candidates
// get the same environment variables. It does not wait until the candidate serves.
func (e *environment) start(ctx context.Context, c candidate, companies int) (*server, error) {
	d, err := e.database(ctx, companies)
	if err != nil {
		return nil, err
	}
	command, err := c.prepare(ctx, e)
	if err != nil {
		return nil, err
	}
	return e.launch(ctx, &server{candidate: c, database: d}, command)
}

func (e *environment) launch(ctx context.Context, v *server, command []string) (*server, error) {
	var err error
	if v.address, err = freeAddress(); err != nil {
		return nil, err
	}
	if v.admin, err = freeAddress(); err != nil {
		return nil, err
	}
	if v.log, err = os.CreateTemp(e.dir, "log-*"); err != nil {
		return nil, err
	}
	v.cmd = exec.CommandContext(ctx, command[0], command[1:]...)
	v.cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + e.dir,
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

// freeAddress returns an unused local address.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}

// startTimeout is enough on a busy machine.
const startTimeout = 30 * time.Second

// awaitResponse repeats the request until the server responds correctly.
func (v *server) awaitResponse(ctx context.Context, r request) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		err := v.send(ctx, r, v.users[0])
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("%s does not respond: %w", v.name, err), v.logTail())
		}
	}
}

// logTail returns the end of the log as an error.
func (v *server) logTail() error {
	text, err := os.ReadFile(v.log.Name())
	if err != nil {
		return err
	}
	return fmt.Errorf("end of its log: %s", text[max(0, len(text)-2000):])
}

// truncateLog keeps a long run from filling the disk.
func (v *server) truncateLog() error { return os.Truncate(v.log.Name(), 0) }

func (v *server) stop() {
	_ = v.cmd.Process.Kill() // fails when it has already ended
	_ = v.cmd.Wait()
	_ = v.log.Close()
	_ = os.Remove(filepath.Clean(v.log.Name()))
}
