package localpg

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// canSeeProcesses: postgresIn is reliable.
const canSeeProcesses = true

// postgresIn returns the ids of the PostgreSQL processes that work on a data
// folder: each has it as its working directory.
func postgresIn(data string) []int {
	want, err := os.Stat(data)
	if err != nil {
		return nil
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var pids []int
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		proc := filepath.Join("/proc", entry.Name())
		// Of other users' processes, and of dead ones, the folder is unreadable.
		cwd, err := os.Stat(filepath.Join(proc, "cwd"))
		if err != nil || !os.SameFile(cwd, want) {
			continue
		}
		comm, err := os.ReadFile(filepath.Join(proc, "comm"))
		if err == nil && strings.TrimSpace(string(comm)) == "postgres" {
			pids = append(pids, pid)
		}
	}
	return pids
}
