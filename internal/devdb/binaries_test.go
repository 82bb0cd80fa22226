package devdb

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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
	t.Chdir(t.TempDir())
	root, links, empty := t.TempDir(), t.TempDir(), t.TempDir()
	for _, version := range []string{"9", "12", "13", "15", "16"} {
		fakeInstallation(t, root, version)
	}
	onPath := fakeInstallation(t, t.TempDir(), "14")
	embedded, err := filepath.Abs(filepath.Join(embeddedBase(), strings.Replace(embeddedPattern, "*", "linux-x64", 1)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(filepath.Join(embeddedBase(), "embedded-postgresql")) })
	if err := errors.Join(os.MkdirAll(embedded, 0o755), os.CopyFS(embedded, os.DirFS(fakeInstallation(t, t.TempDir(), "18"))),
		os.Symlink(filepath.Join(onPath, "postgres"), filepath.Join(links, "postgres"))); err != nil {
		t.Fatal(err)
	}
	const packages = "*/bin"
	for _, c := range []struct {
		name, path, packages string
		major                int
		want                 string // "" for an error
	}{
		{"the newest package when none is on PATH", empty, packages, 0, filepath.Join(root, "16/bin")},
		{"the version on PATH first", onPath, packages, 0, onPath},
		{"the target of a symbolic link on PATH", links, packages, 0, onPath},
		{"the version of the data before that on PATH", onPath, packages, 15, filepath.Join(root, "15/bin")},
		{"a version that is not installed", onPath, packages, 17, ""},
		{"a version that is too old", onPath, packages, 12, ""},
		{"that from npm when none is installed", empty, "none", 0, embedded},
		{"that from npm when the data needs it", onPath, packages, 18, embedded},
	} {
		t.Setenv("PATH", c.path)
		if got, _, err := findBinaries(c.major, []string{filepath.Join(root, c.packages)}); got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%s: got %s, %v", c.name, got, err)
		}
	}
	t.Setenv("PATH", empty)
	if err := os.RemoveAll(embedded); err != nil {
		t.Fatal(err)
	}
	if _, _, err := findBinaries(0, nil); !errors.Is(err, ErrNotInstalled) || !strings.Contains(err.Error(), "apt-get install postgresql") {
		t.Errorf("without any: %v", err)
	}
}
