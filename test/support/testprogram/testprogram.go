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

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

// root returns the directory of this repository.
func root() string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "..", "..")
}

// Binary builds the server once per test process, and returns the path of its binary,
// named profile-server.
func Binary(t testing.TB) string {
	t.Helper()
	file, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

var build = sync.OnceValues(func() (string, error) {
	var err error
	if buildDir, err = os.MkdirTemp("", "profile-server-"); err != nil {
		return "", err
	}
	file := filepath.Join(buildDir, "profile-server")
	build := exec.Command("go", "build", "-trimpath", "-o", file, ".")
	build.Dir = root()
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // like other tests, to share their build cache
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, output)
	}
	return file, nil
})

// buildDir is the directory that Main removes, "" without a binary.
var buildDir string

// Main runs the tests of a package that run the server binary on a database of testdb,
// removes the binary and returns the exit code. All of them are slow, so with -short it
// runs none.
func Main(m *testing.M) int {
	flag.Parse()
	if testing.Short() {
		fmt.Println("slow: make test runs these tests, make check does not")
		return 0
	}
	defer func() { _ = os.RemoveAll(buildDir) }()
	return testdb.Main(m)
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
