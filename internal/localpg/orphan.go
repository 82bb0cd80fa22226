//go:build unix

package localpg

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const orphanTimeout = 10 * time.Second

// endOrphans ends the PostgreSQL processes of an earlier run that was killed.
// The caller holds the lock of the data, so no living run can own them.
func endOrphans(data string) error {
	signalAll(data, syscall.SIGQUIT)
	for deadline := time.Now().Add(orphanTimeout); len(postgresIn(data)) > 0; {
		if time.Now().After(deadline) {
			signalAll(data, syscall.SIGKILL)
			return fmt.Errorf("PostgreSQL processes of an earlier run in %s did not end; try again", data)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return dropMisleadingPID(data)
}

func signalAll(data string, sig syscall.Signal) {
	for _, pid := range postgresIn(data) {
		syscall.Kill(pid, sig) // it may just have ended
	}
}

// dropMisleadingPID removes a leftover postmaster.pid when its number has
// since been given to some other process, as happens after a reboot:
// PostgreSQL would take that process for a running server. In all other cases
// PostgreSQL judges the file better itself.
func dropMisleadingPID(data string) error {
	pid := readPIDFile(data).pid
	if !canSeeProcesses || pid <= 0 || syscall.Kill(pid, 0) != nil {
		return nil
	}
	return os.Remove(filepath.Join(data, pidFileName))
}

const pidFileName = "postmaster.pid"

// pidFile is what a running PostgreSQL tells in its postmaster.pid.
type pidFile struct {
	pid   int // 0 when there is no file
	ready bool
}

func readPIDFile(data string) pidFile {
	text, err := os.ReadFile(filepath.Join(data, pidFileName))
	if err != nil {
		return pidFile{}
	}
	lines := strings.Split(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil {
		return pidFile{}
	}
	const statusLine = 7
	ready := len(lines) > statusLine && strings.TrimSpace(lines[statusLine]) == "ready"
	return pidFile{pid: pid, ready: ready}
}
