package devdb

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// unsynced trades safety for speed.
var unsynced = map[string]string{"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

// newHome returns the directory of one test's data, which is not made yet.
func newHome(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), ".data")
}

// seededHome has data already, which is faster than to make it anew.
func seededHome(t *testing.T) string {
	t.Helper()
	seed := filepath.Join(shared(t).place.dir, "seed")
	home := newHome(t)
	acc, err := findAccount()
	if err != nil {
		t.Fatal(err)
	}
	p, err := openPlace(Options{Dir: home}, acc)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	if out, err := exec.Command("cp", "-a", seed, p.data()).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return home
}

// temporaryDir makes a directory for Options.Temporary.
func temporaryDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(testBase, "")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
