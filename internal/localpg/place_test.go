//go:build unix

package localpg

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestARecordCannotSendRootElsewhere(t *testing.T) {
	h := newHome(t)
	if err := os.MkdirAll(h.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	record := filepath.Join(h.dir, recordName)
	for _, named := range []string{"/etc", h.base, h.base + "/../x", h.base + "/a/b", "", "a", h.base + "/missing"} {
		if err := os.WriteFile(record, []byte(named+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := rootPlaceDir(h.dir, h.base)
		if err == nil || !strings.Contains(err.Error(), record) {
			t.Errorf("record %q: %q, %v", named, got, err)
		}
	}
}

func TestADeletedFolderForgetsTheData(t *testing.T) {
	h := newHome(t)
	if err := os.MkdirAll(h.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	first, err := rootPlaceDir(h.dir, h.base)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := rootPlaceDir(h.dir, h.base); err != nil || again != first {
		t.Errorf("second look: %q, %v, want %q", again, err, first)
	}
	if err := os.Remove(filepath.Join(h.dir, recordName)); err != nil {
		t.Fatal(err)
	}
	if other, err := rootPlaceDir(h.dir, h.base); err != nil || other == first {
		t.Errorf("without the record: %q, %v", other, err)
	}
	origin, err := os.ReadFile(filepath.Join(first, "origin"))
	if err != nil || !strings.Contains(string(origin), h.dir) {
		t.Errorf("origin: %q, %v", origin, err)
	}
}
