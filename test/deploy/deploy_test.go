// Package deploy checks the files in deploy/ with the programs that read them.
package deploy

import (
	"debug/buildinfo"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testprogram"
)

func TestMain(m *testing.M) { os.Exit(testprogram.Main(m)) }

const folder = "../../deploy"

// mustRun runs a program, which must succeed, and returns its output.
func mustRun(t *testing.T, program string, args ...string) string {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", program, args, err, output)
	}
	return string(output)
}

// read returns a file of deploy/ in which each old text, which it must contain, is
// replaced by the new one after it.
func read(t *testing.T, name string, oldNew ...string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	text := string(content)
	for i := 0; i < len(oldNew); i += 2 {
		if !strings.Contains(text, oldNew[i]) {
			t.Fatalf("%s does not contain %s", name, oldNew[i])
		}
		text = strings.ReplaceAll(text, oldNew[i], oldNew[i+1])
	}
	return text
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestPrometheusAcceptsItsConfiguration(t *testing.T) {
	t.Parallel()
	mustRun(t, testprogram.Find(t, "promtool"), "check", "config", filepath.Join(folder, "prometheus.yml"))
}

func TestComposeAcceptsItsFile(t *testing.T) {
	t.Parallel()
	mustRun(t, testprogram.Find(t, "docker-compose"), "--file", filepath.Join(folder, "compose.yaml"), "config", "--quiet")
}

func TestSystemdAcceptsTheUnitAndRatesItOK(t *testing.T) {
	t.Parallel()
	analyze := testprogram.Find(t, "systemd-analyze")
	server := testprogram.Binary(t)
	unit := filepath.Join(t.TempDir(), "profile-server@.service")
	write(t, unit, read(t, "profile-server@.service", "/usr/local/bin/profile-server", server))
	if output := mustRun(t, analyze, "verify", unit); output != "" {
		t.Errorf("systemd-analyze verify: %s", output)
	}
	const highestOK = "49" // in tenths; from 5.0 the rating is MEDIUM
	output := mustRun(t, analyze, "security", "--offline=true", "--threshold="+highestOK, unit)
	t.Logf("figure: %s", output[strings.LastIndex(output, "Overall"):])
}

// The commit and its date are those that Go recorded in the binary.
func TestVersionIsTheCommitAndItsDate(t *testing.T) {
	t.Parallel()
	server := testprogram.Binary(t)
	info, err := buildinfo.ReadFile(server)
	if err != nil {
		t.Fatal(err)
	}
	built := map[string]string{}
	for _, setting := range info.Settings {
		built[setting.Key] = setting.Value
	}
	want := "profile-server " + built["vcs.revision"]
	switch {
	case built["vcs.revision"] == "": // the settings of Go forbid it, or this is no clone
		want += info.Main.Version
	case built["vcs.modified"] == "true":
		want += "-modified " + built["vcs.time"]
	default:
		want += " " + built["vcs.time"]
	}
	if got := mustRun(t, server, "version"); got != want+"\n" {
		t.Errorf("got %q, want %s", got, want)
	}
}

// The image contains the server and the certificates only.
func TestImageRunsTheServer(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can build an image without further configuration")
	}
	buildah := testprogram.Find(t, "buildah")
	server := testprogram.Binary(t)
	context, storage := t.TempDir(), t.TempDir()
	mustRun(t, "cp", server, context)
	write(t, filepath.Join(context, "ca-certificates.crt"), "")
	run := func(args ...string) string {
		all := append([]string{"--root=" + storage, "--runroot=" + storage + "/run", "--storage-driver=vfs"}, args...)
		return strings.TrimSpace(mustRun(t, buildah, all...))
	}
	run("build", "--format=docker", "--tag=test", "--file="+filepath.Join(folder, "Containerfile"), context)
	inspected := run("inspect", "--type=image", "--format={{.Docker.Config.User}} {{.Docker.Config.Healthcheck.Test}} {{.Docker.Config.Entrypoint}}", "test")
	if want := "65532:65532 [CMD /profile-server health] [/profile-server]"; inspected != want {
		t.Errorf("the image has %s, want %s", inspected, want)
	}
	container := run("from", "test")
	mounted := run("mount", container)
	if files := mustRun(t, "find", mounted, "-type", "f", "-printf", "%P\n"); files != "profile-server\netc/ssl/certs/ca-certificates.crt\n" &&
		files != "etc/ssl/certs/ca-certificates.crt\nprofile-server\n" {
		t.Errorf("the image contains %s", files)
	}
	if output := run("run", "--isolation=chroot", container, "/profile-server", "version"); !strings.HasPrefix(output, "profile-server ") {
		t.Errorf("version: %s", output)
	}
}
