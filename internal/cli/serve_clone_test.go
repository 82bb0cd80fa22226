//go:build linux

package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// A clone contains no built playground, and its machine may have no Node.js.
func TestCloneBuildsAndRunsWithoutItsPlayground(t *testing.T) {
	t.Parallel()
	testtime.Slow(t)
	h := newHome(t)
	copied := exec.Command("sh", "-euc", `git ls-files -z --cached --others --exclude-standard | tar -c --null -T - | tar -x -C "$1"`, "sh", h.dir)
	copied.Dir = "../.."
	if output, err := copied.CombinedOutput(); err != nil {
		t.Fatalf("copy the sources: %v\n%s", err, output)
	}
	programs := t.TempDir()
	if err := os.WriteFile(filepath.Join(programs, "node"), []byte("#!/bin/sh\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	// As in TestMain, so that the builds share their cache in spite of the other directory.
	environment := []string{"CGO_ENABLED=0", "GOFLAGS=-trimpath", "LISTEN_ADDR=127.0.0.1:0", "PATH=" + programs + ":" + os.Getenv("PATH")}
	for _, variable := range os.Environ() { // those of the Go tool, and no setting of the server
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "GO") && name != "GOFLAGS" || strings.HasSuffix(strings.ToUpper(name), "_PROXY") || name == "HOME" || name == "TMPDIR" || name == "USER" {
			environment = append(environment, variable)
		}
	}

	run := exec.Command("scripts/run") // as make run does
	run.Dir, run.Env = h.dir, environment
	p := startCommand(t, run)
	p.waitFor(t, "\nTry it:\n")
	p.waitFor(t, "curl -s ")
	if !strings.Contains(p.out.String(), "Continuing without the playground") {
		t.Errorf("it built the playground without Node.js:\n%s", p.out)
	}
	tryPrintedCommand(t, p)
	if status, page := get(p.line(t, playgroundLine)); status != 200 || !strings.Contains(page, "Node.js") {
		t.Errorf("the playground: %d %.300s", status, page)
	}
	h.stop(t, p)
}
