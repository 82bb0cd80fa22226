package testprogram

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// python is Debian's Python: another Python on the PATH does not find the
// libraries that apt installs.
const python = "/usr/bin/python3"

// Python runs a Python script with input on its standard input and returns its
// output without the last line break. The script needs the given module, which
// the named Debian package contains. Without the module the test is skipped;
// with CI=true it fails.
func Python(t *testing.T, module, debianPackage, script, input string) string {
	t.Helper()
	if err := exec.Command(python, "-c", "import "+module).Run(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s cannot import %s: install %s", python, module, debianPackage)
		}
		t.Skipf("needs Debian's %s", debianPackage)
	}
	cmd := exec.CommandContext(t.Context(), python, "-c", script)
	cmd.Stdin = strings.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("python: %v\n%s", err, stderr.String())
	}
	return strings.TrimSuffix(string(out), "\n")
}
