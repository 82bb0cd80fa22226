// Package testprocess builds the server and runs it as a process, for tests
// that stop or kill it.
package testprocess

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// binary builds the server once per test process and returns the folder and
// the file.
var binary = sync.OnceValues(func() (string, error) {
	_, here, _, _ := runtime.Caller(0)
	dir, err := os.MkdirTemp("", "profile-server-")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "profile-server")
	build := exec.Command("go", "build", "-o", file, ".")
	build.Dir = filepath.Join(filepath.Dir(here), "..", "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as other tests build it, so that it is cached
	if output, err := build.CombinedOutput(); err != nil {
		_ = os.RemoveAll(dir)
		return "", fmt.Errorf("go build: %w\n%s", err, output)
	}
	built = dir
	return file, nil
})

// built is the folder that Main removes.
var built string

// Main runs the tests of a package and then removes what was built for them.
// It returns the exit code.
func Main(run func() int) int {
	code := run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	return code
}

func mustBuild(t testing.TB) string {
	t.Helper()
	file, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return file
}
