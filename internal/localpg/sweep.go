//go:build unix

package localpg

import (
	"os"
	"path/filepath"
	"time"
)

// sweepAge keeps the sweep away from a folder that another process has made
// but not locked yet.
const sweepAge = time.Minute

// sweep removes the temporary places of killed processes: those that nobody
// has locked. What cannot be removed is left to the next sweep.
func sweep(acc account) {
	for _, base := range []string{tempBase, memoryBase} {
		dirs, _ := filepath.Glob(filepath.Join(base, tempPrefix+"*")) // a constant pattern cannot fail
		for _, dir := range dirs {
			info, err := os.Lstat(dir)
			if err == nil && time.Since(info.ModTime()) > sweepAge && isDirOf(dir, os.Geteuid()) {
				sweepPlace(dir, acc)
			}
		}
	}
}

func sweepPlace(dir string, acc account) {
	p := &place{dir: dir, temporary: true, account: acc}
	var err error
	if p.lock, err = lockFile(p.path("lock")); err != nil {
		return
	}
	if endOrphans(p.data()) != nil {
		p.unlock()
		return
	}
	p.removeSocketDir()
	p.close()
}
