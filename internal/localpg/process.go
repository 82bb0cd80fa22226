//go:build unix

package localpg

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// process is a started child.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when the child has ended
	err  error         // how it ended; read after done
}

// startProcess starts cmd under the given account, away from the signals of
// this process's terminal, and so that it ends when this process dies.
func startProcess(cmd *exec.Cmd, acc account) (*process, error) {
	cmd.Env = childEnv()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: acc.credential()}
	endWithParent(cmd.SysProcAttr)

	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		// Linux takes the end of the thread that started the child for the
		// end of its parent, so that thread has to last as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, <-started
}

// childEnv holds nothing of this process's secrets, nor any PG* variable.
func childEnv() []string {
	env := []string{"LC_ALL=C", "TZ=UTC"}
	for _, name := range []string{"PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// endsWithin waits for the end of the child.
func (p *process) endsWithin(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-p.done:
		return true
	case <-timer.C:
		return false
	}
}

// How long PostgreSQL has to obey each way of stopping it: a fast shutdown writes out
// the data, which takes its time on a busy machine, and an immediate one kills what
// does not obey after 5 s by itself.
const (
	fastTimeout      = time.Minute
	immediateTimeout = 6 * time.Second
)

// shutdown ends a PostgreSQL: its sessions are cut and its data is written
// out. One that does not obey is stopped harder; that loses nothing that was
// committed, and is an error. It returns nil for one that has ended before.
func (p *process) shutdown() error {
	if p.ended() {
		return nil
	}
	p.cmd.Process.Signal(syscall.SIGINT)
	if p.endsWithin(fastTimeout) {
		return nil
	}
	p.cmd.Process.Signal(syscall.SIGQUIT)
	if !p.endsWithin(immediateTimeout) {
		p.cmd.Process.Kill()
		<-p.done
	}
	return fmt.Errorf("PostgreSQL did not stop within %v and was killed; it recovers at the next start", fastTimeout)
}
