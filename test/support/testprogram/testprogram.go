// Package testprogram runs other programs in tests: the server as a process,
// Node.js and Python.
package testprogram

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// root returns the directory of this repository.
func root() string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "..", "..")
}

// buildServer builds the server once per test process and returns the path of
// the binary.
var buildServer = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "profile-server-")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "profile-server")
	build := exec.Command("go", "build", "-trimpath", "-o", file, ".")
	build.Dir = root()
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // like other tests, to share their build cache
	if output, err := build.CombinedOutput(); err != nil {
		_ = os.RemoveAll(dir)
		return "", fmt.Errorf("go build: %w\n%s", err, output)
	}
	buildDir = dir
	return file, nil
})

// buildDir is the directory that Main removes.
var buildDir string

// Main runs the tests of a package that run the server binary, removes the binary
// and returns the exit code. All of them are slow, so with -short it runs none.
func Main(run func() int) int {
	flag.Parse()
	if testing.Short() {
		fmt.Println("slow: make test runs these tests, make check does not")
		return 0
	}
	code := run()
	if buildDir != "" {
		_ = os.RemoveAll(buildDir)
	}
	return code
}

// Binary builds the server and returns the path of its binary, named profile-server.
func Binary(t testing.TB) string {
	t.Helper()
	file, err := buildServer()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// Find returns the path of a program. Without it the test is skipped, which CI does not
// allow.
func Find(t testing.TB, program string) string {
	t.Helper()
	for _, path := range []string{program, "/usr/sbin/" + program} { // users of Debian do not have it on PATH
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	t.Skipf("not tested: %s is not installed", program)
	return ""
}
