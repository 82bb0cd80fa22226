package testprogram

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// NodeProject is an npm project with installed packages.
type NodeProject struct {
	dir string
}

// Node installs the packages of the npm project in dir. Without a suitable
// Node.js the test is skipped; with CI=true it fails. It is slow, see
// testtime.Slow.
func Node(t testing.TB, dir string) NodeProject {
	t.Helper()
	testtime.Slow(t)
	scripts := filepath.Join(root(), "scripts")
	if reason, err := exec.Command(filepath.Join(scripts, "has-node")).CombinedOutput(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("CI must not skip a test that needs Node.js. %s", reason)
		}
		t.Skipf("not tested. %s", reason)
	}
	run(t, exec.Command(filepath.Join(scripts, "npm-install"), dir))
	return NodeProject{dir: dir}
}

// Run runs a program, such as node, in the project's directory and writes its output to
// the test's log. The test fails when the program fails.
func (p NodeProject) Run(t testing.TB, environment []string, program string, args ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, args...)
	command.Dir = p.dir
	command.Env = append(os.Environ(), environment...)
	run(t, command)
}

func run(t testing.TB, command *exec.Cmd) {
	t.Helper()
	output, err := command.CombinedOutput()
	if len(output) > 0 {
		t.Logf("%s", output)
	}
	if err != nil {
		t.Fatalf("%v: %v", command.Args, err)
	}
}

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
