package devdb

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMissingBinariesAreReportedInOneLine(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, _, err := findBinaries(0, nil)
	if !errors.Is(err, ErrNotInstalled) {
		t.Fatalf("error: %v", err)
	}
	if text := err.Error(); strings.Contains(text, "\n") || !strings.Contains(text, "apt-get install postgresql") {
		t.Errorf("message: %q", text)
	}
}

// fakeInstallation creates a directory with scripts in place of the binaries of a
// version.
func fakeInstallation(t *testing.T, root string, version string) string {
	t.Helper()
	bin := filepath.Join(root, version, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\necho 'postgres (PostgreSQL) %s.2 (Debian %s.2-1)'\n", version, version)
	for _, name := range []string{"initdb", "postgres"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return bin
}

func TestBinariesArePreferredInOrder(t *testing.T) {
	root := t.TempDir()
	for _, version := range []string{"9", "12", "13", "15", "16"} {
		fakeInstallation(t, root, version)
	}
	installed := []string{filepath.Join(root, "*", "bin")}
	onPath := fakeInstallation(t, t.TempDir(), "14")
	noServer := t.TempDir()

	for _, c := range []struct {
		name  string
		path  string
		major int
		want  int // 0: an error
	}{
		{"the newest when none is on PATH", noServer, 0, 16},
		{"the version on PATH first", onPath, 0, 14},
		{"the version of the data before that on PATH", onPath, 15, 15},
		{"a version that is not installed", onPath, 17, 0},
		{"a version that is too old", onPath, 12, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("PATH", c.path)
			_, got, err := findBinaries(c.major, installed)
			if got != c.want || (err != nil) != (c.want == 0) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestBinariesFromNpmAreTheLastChoice(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("PATH", t.TempDir())
	embedded := filepath.Join(embeddedBase(), strings.Replace(embeddedPattern, "*", "linux-x64", 1))
	root := t.TempDir()
	t.Cleanup(func() { os.RemoveAll(filepath.Join(embeddedBase(), "embedded-postgresql")) })
	if err := errors.Join(os.MkdirAll(embedded, 0o755), os.CopyFS(embedded, os.DirFS(fakeInstallation(t, root, "18")))); err != nil {
		t.Fatal(err)
	}
	want, err := filepath.Abs(embedded)
	if err != nil {
		t.Fatal(err)
	}
	installed := []string{fakeInstallation(t, t.TempDir(), "15")}
	for _, c := range []struct {
		name     string
		patterns []string
		major    int
		want     string
	}{
		{"nothing is installed", nil, 0, want},
		{"another version is installed", installed, 0, installed[0]},
		{"the data is of the version from npm", installed, 18, want},
	} {
		if got, _, err := findBinaries(c.major, c.patterns); got != c.want || err != nil {
			t.Errorf("%s: got %s, %v, want %s", c.name, got, err, c.want)
		}
	}
}

func TestSymbolicLinkOnPathIsFollowed(t *testing.T) {
	bin := fakeInstallation(t, t.TempDir(), "16")
	links := t.TempDir()
	if err := os.Symlink(filepath.Join(bin, "postgres"), filepath.Join(links, "postgres")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", links)
	got, _, err := findBinaries(0, nil)
	if err != nil || got != bin {
		t.Errorf("got %v, %v", got, err)
	}
}
