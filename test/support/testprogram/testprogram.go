// Package testprogram runs other programs in tests: the server as a process,
// Node.js and Python.
package testprogram

import (
	"path/filepath"
	"runtime"
)

// root returns the directory of this repository.
func root() string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "..", "..")
}
