package devdb

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheRecordOfRootsDataIsABareName(t *testing.T) {
	needRoot(t)
	t.Parallel()
	// Delete would remove all of it.
	innocent := filepath.Join(testBase, "innocent")
	if err := os.WriteFile(innocent, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(rootBase, "1", "2"), 0o711); err != nil {
		t.Fatal(err)
	}
	home := newHome(t)
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	record := filepath.Join(home, recordName)
	for _, name := range []string{
		"", ".", "..", "/", "/etc", "1/", "./1", "1/.", "1/..", "1/2", "../other/1", "1\n2", " 1", "1 ", "name", "1\x00",
		rootBase, rootBase + "/", rootBase + "/..", rootBase + "/../x", rootBase + "/1", // as earlier versions recorded it
		"404", // is missing
	} {
		if err := os.WriteFile(record, []byte(name+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := StartServer(t.Context(), Options{Dir: home}); err == nil || !strings.Contains(err.Error(), record) {
			t.Errorf("start with the record %q: %v", name, err)
		}
		if err := deleteServer(home); err == nil || !strings.Contains(err.Error(), record) {
			t.Errorf("delete with the record %q: %v", name, err)
		}
		if hasData(home) {
			t.Errorf("the record %q names data", name)
		}
		if !exists(innocent) || !exists(filepath.Join(rootBase, "1", "2")) || !exists(record) {
			t.Fatalf("the record %q removed something", name)
		}
	}
}

func TestADeletedFolderForgetsTheData(t *testing.T) {
	needRoot(t)
	t.Parallel()
	home := newHome(t)
	acc, err := findAccount()
	if err != nil {
		t.Fatal(err)
	}
	open := func() string {
		t.Helper()
		p, err := openPlace(Options{Dir: home}, acc)
		if err != nil {
			t.Fatal(err)
		}
		defer p.close()
		return p.dir
	}
	first := open()
	if again := open(); again != first {
		t.Errorf("second look: %q, want %q", again, first)
	}
	if err := os.Remove(filepath.Join(home, recordName)); err != nil {
		t.Fatal(err)
	}
	if other := open(); other == first {
		t.Errorf("without the record: %q", other)
	}
	origin, err := os.ReadFile(filepath.Join(first, "origin"))
	if err != nil || !strings.Contains(string(origin), home) {
		t.Errorf("origin: %q, %v", origin, err)
	}
}

func TestDeleteRemovesTheDataAndItsRecord(t *testing.T) {
	t.Parallel()
	home := seededHome(t)
	if !hasData(home) {
		t.Error("there is no data")
	}
	s := mustStart(t, Options{Dir: home, Settings: unsynced})
	mustStop(t, s)
	for range 2 { // the second time there is nothing to delete
		if err := deleteServer(home); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := os.ReadDir(home); err != nil || len(left) > 0 || exists(s.place.dir) || hasData(home) {
		t.Errorf("left: %v, %v, in %s: %v", left, err, s.place.dir, exists(s.place.dir))
	}
}

func TestNothingIsWrittenThroughALink(t *testing.T) {
	t.Parallel()
	home := seededHome(t)
	opts := Options{Dir: home, Settings: unsynced}
	s := mustStart(t, opts)
	mustStop(t, s)
	outside := temporaryDir(t)
	if err := os.Chmod(outside, 0o777); err != nil { // for PostgreSQL's account too
		t.Fatal(err)
	}
	files := []string{}
	entries, err := os.ReadDir(s.place.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Type().IsRegular() && entry.Name() != "origin" { // which is made with its directory
			files = append(files, filepath.Join(s.place.dir, entry.Name()))
		}
	}
	if len(files) < 4 {
		t.Errorf("files: %v", files)
	}
	if s.place.account.switched {
		files = append(files, filepath.Join(home, recordName))
	}
	for _, file := range append(files, s.place.socketDir(), home) {
		target, kept := filepath.Join(outside, "target"), file+".kept"
		if exists(file) {
			err = os.Rename(file, kept)
		}
		if err != nil {
			t.Fatal(err)
		}
		if file == home {
			target = outside // what exists can be entered
		}
		if err := os.Symlink(target, file); err != nil {
			t.Fatal(err)
		}
		if s, err := StartServer(t.Context(), opts); err == nil { // whether it refuses is its own business
			mustStop(t, s)
		}
		if made, err := os.ReadDir(outside); err != nil || len(made) > 0 {
			t.Fatalf("%s led to %v, %v", file, made, err)
		}
		if err := os.Remove(file); err != nil && exists(file) {
			t.Fatal(err)
		}
		if exists(kept) {
			err = os.Rename(kept, file)
		}
	}
}
