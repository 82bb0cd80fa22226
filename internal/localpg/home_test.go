//go:build unix

package localpg

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// home is where one test's data lives, for root and for anyone else.
type home struct{ dir, base string }

func newHome(t *testing.T) home {
	t.Helper()
	// t.TempDir is closed to PostgreSQL's account.
	base, err := os.MkdirTemp(tempParent(Options{Unsynced: true}), "localpg-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(base) })
	if err := os.Chmod(base, 0o711); err != nil {
		t.Fatal(err)
	}
	return home{dir: filepath.Join(base, "clone", ".data"), base: filepath.Join(base, "root")}
}

// seededHome has data already, which is faster than to make it anew.
func seededHome(t *testing.T) home {
	t.Helper()
	data := shared(t).place.path("seed")
	h := newHome(t)
	acc, err := findAccount()
	if err != nil {
		t.Fatal(err)
	}
	p, err := openPlace(h.options(), acc)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	if out, err := exec.Command("cp", "-a", data, p.data()).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return h
}

func (h home) options() Options { return Options{Dir: h.dir, Unsynced: true, rootBase: h.base} }
