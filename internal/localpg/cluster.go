//go:build unix

package localpg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// role is the database's only account, a superuser.
const role = "profile"

// dataMajor returns the version that made the data; 0 when there is none yet.
func (p *place) dataMajor() (int, error) {
	text, err := os.ReadFile(filepath.Join(p.data(), "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	return majorVersion(string(text)), err
}

// initialise makes an empty database cluster; synced waits until it is on the
// disk. It appears in one step: a run that is interrupted here leaves nothing
// that looks like data.
func (p *place) initialise(ctx context.Context, b binaries, synced bool) error {
	var err error
	for _, locale := range []string{"C.UTF-8", "C"} { // not every system has the first
		if err = p.initdb(ctx, b, locale, synced); err == nil {
			return os.Rename(p.path("data.new"), p.data())
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return err
}

func (p *place) initdb(ctx context.Context, b binaries, locale string, synced bool) error {
	fresh := p.path("data.new")
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := p.account.mkdirOwned(fresh); err != nil {
		return err
	}
	args := []string{"-D", fresh, "-U", role, "--encoding=UTF8", "--locale=" + locale,
		"--auth-local=peer", "--auth-host=reject"}
	if !synced {
		args = append(args, "--no-sync")
	}
	return runTool(ctx, exec.CommandContext(ctx, b.path("initdb"), args...), p.account)
}

// runTool runs cmd, made with ctx, to its end; its complaint is the error.
func runTool(ctx context.Context, cmd *exec.Cmd, acc account) error {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Dir = "/" // this process's own may be closed to acc
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	p, err := startProcess(cmd, acc)
	if err != nil {
		return err
	}
	<-p.done
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if p.err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(cmd.Path), p.err, complaint(out.String()))
	}
	return nil
}

// writeAccessRules says who may connect: through the socket, and only the
// system account of this process, which the kernel vouches for.
func (p *place) writeAccessRules() error {
	return errors.Join(
		p.writeShared("pg_hba.conf", "local all "+role+" peer map=owner\n"),
		p.writeShared("pg_ident.conf", fmt.Sprintf("owner \"%s\" %s\n", p.account.client, role)),
	)
}

func (p *place) writeShared(name, text string) error {
	file := p.path(name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	return p.account.letRead(file)
}

// complaint is the line of a PostgreSQL tool's output that says what is
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
