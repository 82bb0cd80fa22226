// Package testpython lets tests ask Debian's Python and its libraries, which
// are what the Python service runs on, whether both sides understand each
// other.
package testpython

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// interpreter is Debian's own Python: another one on the PATH does not see the
// libraries that apt installs.
const interpreter = "/usr/bin/python3"

// Run feeds input to a Python script and returns what it prints, without the
// last line break. The script needs the given module, which the named Debian
// package brings; without it the test is skipped, but fails in CI.
func Run(t *testing.T, module, debianPackage, script, input string) string {
	t.Helper()
	if err := exec.Command(interpreter, "-c", "import "+module).Run(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s cannot import %s: install %s", interpreter, module, debianPackage)
		}
		t.Skipf("needs Debian's %s", debianPackage)
	}
	cmd := exec.CommandContext(t.Context(), interpreter, "-c", script)
	cmd.Stdin = strings.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("python: %v\n%s", err, stderr.String())
	}
	return strings.TrimSuffix(string(out), "\n")
}
