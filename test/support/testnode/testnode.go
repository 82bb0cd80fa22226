// Package testnode runs Node.js in tests, in an npm project of this repository.
package testnode

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// Project is an npm project with its packages installed.
type Project struct {
	folder string
}

// In makes sure that Node.js is there and that the packages of the npm project
// in folder are installed. Without Node.js the test is skipped; with CI=true it
// fails.
func In(t testing.TB, folder string) Project {
	t.Helper()
	scripts := scripts()
	if needed, err := exec.Command(filepath.Join(scripts, "has-node")).CombinedOutput(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("CI must not skip what needs Node.js. %s", needed)
		}
		t.Skipf("not tested. %s", needed)
	}
	run(t, exec.Command(filepath.Join(scripts, "npm-install"), folder))
	return Project{folder: folder}
}

// Run runs node in the project's folder. The test fails when node does; its
// output goes to the test's log.
func (p Project) Run(t testing.TB, environment []string, args ...string) {
	t.Helper()
	p.command(t, environment, "node", args...)
}

// Script runs a script of the project's package.json.
func (p Project) Script(t testing.TB, name string) {
	t.Helper()
	p.command(t, nil, "npm", "run", "--silent", name)
}

func (p Project) command(t testing.TB, environment []string, name string, args ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	command.Dir = p.folder
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

func scripts() string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "..", "scripts")
}
