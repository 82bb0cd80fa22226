// Package scripts tests what the scripts do on machines that lack something,
// with stand-ins for the programs that they call.
package scripts

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// machine is a clone of which only the scripts are there, with a PATH of
// stand-ins in front of a few harmless programs.
type machine struct {
	clone, bin string
}

func newMachine(t *testing.T, scripts ...string) machine {
	t.Helper()
	m := machine{clone: t.TempDir(), bin: t.TempDir()}
	for _, name := range scripts {
		text, err := os.ReadFile(filepath.Join("../../scripts", name))
		if err != nil {
			t.Fatal(err)
		}
		m.write(t, filepath.Join(m.clone, "scripts", name), string(text))
	}
	for _, program := range []string{"sh", "bash", "env", "dirname", "sed", "grep", "find", "mktemp", "rm", "mkdir", "cat", "cksum", "cp", "seq"} {
		path, err := exec.LookPath(program)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(m.bin, program)); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func (m machine) write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// program puts a stand-in on the PATH, script one in the place of a script.
func (m machine) program(t *testing.T, name, text string) {
	t.Helper()
	m.write(t, filepath.Join(m.bin, name), "#!/bin/sh\n"+text+"\n")
}

func (m machine) script(t *testing.T, name, text string) {
	t.Helper()
	m.write(t, filepath.Join(m.clone, "scripts", name), "#!/bin/sh\n"+text+"\n")
}

func (m machine) run(t *testing.T, environment []string, name string, args ...string) (output string, ok bool) {
	t.Helper()
	command := exec.CommandContext(t.Context(), filepath.Join(m.clone, "scripts", name), args...)
	command.Env = append([]string{"PATH=" + m.bin, "TMPDIR=" + t.TempDir()}, environment...)
	text, err := command.CombinedOutput()
	return string(text), err == nil
}

func TestOnlyAFittingNodeCounts(t *testing.T) {
	t.Parallel()
	for version, fits := range map[string]bool{
		"v18.20.4": false, "v20.18.1": false, "v20.19.0": true, "v20.20.2": true, "v21.7.3": false, "v22.12.0": false, "v22.14.0": false,
		"v22.15.0": true, "v22.20.0": true, "v23.11.0": false, "v24.0.0": true, "v25.2.0": true, "v30.0.0": true, "": false,
	} {
		m := newMachine(t, "has-node")
		m.program(t, "node", "echo "+version)
		if _, ok := m.run(t, nil, "has-node"); ok {
			t.Errorf("%s counts without npm", version)
		}
		m.program(t, "npm", "")
		output, ok := m.run(t, nil, "has-node")
		if ok != fits || fits != (output == "") {
			t.Errorf("%s: %v %s", version, ok, output)
		}
	}
	m := newMachine(t, "has-node")
	m.program(t, "npm", "")
	if output, ok := m.run(t, nil, "has-node"); ok || !strings.HasPrefix(output, "Needed: ") {
		t.Errorf("without node: %v %s", ok, output)
	}
}

// debian is a machine of root's without Node.js, whose apt-get writes down what
// it is asked for.
func debian(t *testing.T, candidate string) machine {
	t.Helper()
	m := newMachine(t, "need", "has-node", "retry")
	m.program(t, "id", "echo 0")
	m.program(t, "apt-get", `echo "asked: $*"; echo "$*" >>`+m.bin+"/asked")
	m.program(t, "apt-cache", "echo 'nodejs:'; echo '  Installed: (none)'; echo '  Candidate: "+candidate+"'")
	return m
}

func TestDebiansNodeIsInstalledWhereItFits(t *testing.T) {
	t.Parallel()
	m := debian(t, "20.19.2+dfsg-1")
	if output, ok := m.run(t, nil, "need", "node"); !ok {
		t.Fatal(output)
	}
	asked, err := os.ReadFile(filepath.Join(m.bin, "asked"))
	if err != nil || !strings.HasSuffix(string(asked), "install --no-install-recommends nodejs npm\n") {
		t.Errorf("%v: asked for %q", err, asked)
	}
}

func TestWhereDebiansNodeDoesNotHelpOneLineSaysWhatWould(t *testing.T) {
	t.Parallel()
	tooOld := debian(t, "18.20.4+dfsg-1")
	inTheWay := debian(t, "20.19.2+dfsg-1")
	inTheWay.program(t, "node", "echo v16.0.0")
	inTheWay.program(t, "npm", "")
	unknown := debian(t, "(none)")
	other := newMachine(t, "need", "has-node", "retry")
	for name, m := range map[string]machine{"too old": tooOld, "another one in the way": inTheWay, "unknown": unknown, "not Debian": other} {
		output, ok := m.run(t, nil, "need", "node")
		if ok || strings.Count(output, "\n") != 1 || !strings.Contains(output, "20.19 or a later 20") {
			t.Errorf("%s: %v %s", name, ok, output)
		}
		if asked, _ := os.ReadFile(filepath.Join(m.bin, "asked")); strings.Contains(string(asked), "install") {
			t.Errorf("%s: asked for %s", name, asked)
		}
	}
}

func TestWhatAptGetFindsLockedIsTriedAgain(t *testing.T) {
	t.Parallel()
	const locked = 4
	m := debian(t, "20.19.2+dfsg-1")
	m.program(t, "sleep", "")
	m.program(t, "apt-get", `echo "$*" >>`+m.bin+"/asked; [ $(grep -c update "+m.bin+"/asked) -gt "+strconv.Itoa(locked)+" ]")
	if output, ok := m.run(t, nil, "need", "wrk"); !ok {
		t.Fatal(output)
	}
	asked, err := os.ReadFile(filepath.Join(m.bin, "asked"))
	if err != nil || strings.Count(string(asked), "-qq update\n") != locked+1 || strings.Count(string(asked), " install ") != 1 {
		t.Errorf("%v: asked for %q", err, asked)
	}
	m.program(t, "apt-get", "exit 100")
	if output, ok := m.run(t, nil, "need", "wrk"); ok || strings.Count(output, "Failed, chance") != locked+1 || !strings.Contains(output, "could not install wrk") {
		t.Errorf("%v %s", ok, output)
	}
}

func TestWhatAptGetCannotInstallIsTriedOnce(t *testing.T) {
	t.Parallel()
	m := debian(t, "20.19.2+dfsg-1")
	m.program(t, "apt-get", `case "$*" in *install*) echo no such package; exit 100;; esac`)
	if output, ok := m.run(t, nil, "need", "wrk"); ok || output != "Installing wrk\nno such package\napt-get could not install wrk\n" {
		t.Errorf("%v %s", ok, output)
	}
}

func TestModulesAreAskedForAgain(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "go-modules", "retry")
	for _, file := range []string{"go.mod", "go.sum", "bench/go.mod", "bench/go.sum", "tools/go.mod", "tools/go.sum"} {
		m.write(t, filepath.Join(m.clone, file), "")
	}
	m.program(t, "sleep", "")
	m.program(t, "go", `echo "$2" >>`+m.bin+`/asked; [ "$(grep -cx "$2" `+m.bin+`/asked)" = 3 ]`)
	output, ok := m.run(t, nil, "go-modules")
	for _, module := range []string{".", "bench", "tools"} {
		if !ok || strings.Count(output, ": go -C "+module+" mod tidy ") != 2 {
			t.Errorf("%s: %v %s", module, ok, output)
		}
	}
	m.program(t, "go", "exit 1")
	if output, ok = m.run(t, nil, "go-modules"); ok || strings.Count(output, "Failed") != 3 {
		t.Errorf("%v %s", ok, output)
	}
}

func TestTheServerStartsWhereThePlaygroundCannotBeBuilt(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "run", "build-playground", "has-node", "npm-install", "retry")
	m.script(t, "need", "")
	m.program(t, "node", "echo v24.0.0")
	m.program(t, "npm", "exit 1") // the registry does not answer
	m.program(t, "sleep", "")
	m.write(t, filepath.Join(m.clone, "playground", "package-lock.json"), "{}")
	m.program(t, "go", "")
	m.write(t, filepath.Join(m.clone, "bin", "profile-server"), "#!/bin/sh\necho serving\n")
	if output, ok := m.run(t, nil, "build-playground"); ok || strings.Count(output, ": npm ci ") != 3 {
		t.Errorf("make test would not notice, or not try again: %v %s", ok, output)
	}
	output, ok := m.run(t, nil, "run")
	if !ok || strings.Count(output, ": npm ci ") != 1 || !strings.HasSuffix(output, "serving\n") || strings.Count(output, "could not be built") != 1 {
		t.Errorf("%v %s", ok, output)
	}
}

func TestWhatIsNotCheckedWithoutNodeIsSaidAtTheEnd(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "test")
	for _, step := range []string{"go-modules", "lint", "check-generated", "build-playground", "test-npm", "check-schema", "test-go"} {
		m.script(t, step, "")
	}
	m.script(t, "need", `for name; do [ "$name" != node ] || exit 1; done`)
	output, ok := m.run(t, nil, "test")
	if !ok || !strings.Contains(output, "==> NOT CHECKED, for want of Node.js: the playground") || strings.Contains(output, "Everything") {
		t.Errorf("without Node.js: %v %s", ok, output)
	}
	if output, ok = m.run(t, []string{"CI=true"}, "test"); ok || !strings.Contains(output, "FAILED: Node.js") {
		t.Errorf("without Node.js in CI: %v %s", ok, output)
	}
	m.script(t, "need", "")
	if output, ok = m.run(t, nil, "test"); !ok || !strings.Contains(output, "==> Everything passed in ") {
		t.Errorf("with all there: %v %s", ok, output)
	}
}
