package devdb

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRecordOfRootsInstanceMustBeABareName(t *testing.T) {
	needRoot(t)
	t.Parallel()
	// deleteServer would remove testBase.
	unrelated := filepath.Join(testBase, "unrelated")
	if err := os.WriteFile(unrelated, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(rootBase, "1", "2"), 0o711); err != nil {
		t.Fatal(err)
	}
	dir := newDir(t)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	record := filepath.Join(dir, recordFile)
	for _, name := range []string{
		"", ".", "..", "/", "/etc", "1/", "./1", "1/.", "1/..", "1/2", "../other/1", "1\n2", " 1", "1 ", "name", "1\x00",
		rootBase, rootBase + "/", rootBase + "/..", rootBase + "/../x", rootBase + "/1", // as earlier versions recorded it
		"404", // does not exist
	} {
		if err := os.WriteFile(record, []byte(name+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := StartServer(t.Context(), Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), record) {
			t.Errorf("start with the record %q: %v", name, err)
		}
		if err := deleteServer(dir); err == nil || !strings.Contains(err.Error(), record) {
			t.Errorf("delete with the record %q: %v", name, err)
		}
		if hasData(dir) {
			t.Errorf("the record %q names data", name)
		}
		if !exists(unrelated) || !exists(filepath.Join(rootBase, "1", "2")) || !exists(record) {
			t.Fatalf("the record %q removed something", name)
		}
	}
}

// Another start may have recorded its instance after this one has looked for a record.
func TestRecordIsNotReplaced(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	parent, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer parent.Close()
	first, err := newRootInstance(parent)
	if err != nil {
		t.Fatal(err)
	}
	_, err = newRootInstance(parent)
	if text, readErr := parent.ReadFile(recordFile); !errors.Is(err, fs.ErrExist) || string(text) != filepath.Base(first)+"\n" {
		t.Errorf("error %v; recorded: %q, %v", err, text, readErr)
	}
}

func TestDeletedDirectoryDoesNotReuseItsData(t *testing.T) {
	needRoot(t)
	t.Parallel()
	dir := newDir(t)
	acc, err := findAccount()
	if err != nil {
		t.Fatal(err)
	}
	open := func() string {
		t.Helper()
		p, err := openInstance(Options{Dir: dir}, acc)
		if err != nil {
			t.Fatal(err)
		}
		defer p.close()
		return p.dir
	}
	first := open()
	if again := open(); again != first {
		t.Errorf("opened again: %q, want %q", again, first)
	}
	if err := os.Remove(filepath.Join(dir, recordFile)); err != nil {
		t.Fatal(err)
	}
	if other := open(); other == first {
		t.Errorf("without the record: %q", other)
	}
	origin, err := os.ReadFile(filepath.Join(first, "origin"))
	if err != nil || !strings.Contains(string(origin), dir) {
		t.Errorf("origin: %q, %v", origin, err)
	}
}

func TestNothingIsWrittenThroughASymbolicLink(t *testing.T) {
	t.Parallel()
	dir := seededDir(t)
	opts := Options{Dir: dir, Settings: withoutSync}
	s := mustStart(t, opts)
	mustStop(t, s)
	outside := temporaryDir(t)
	if err := os.Chmod(outside, 0o777); err != nil { // for PostgreSQL's account too
		t.Fatal(err)
	}
	files := []string{}
	entries, err := os.ReadDir(s.instance.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Type().IsRegular() && entry.Name() != "origin" { // created together with its directory
			files = append(files, filepath.Join(s.instance.dir, entry.Name()))
		}
	}
	if len(files) < 4 {
		t.Errorf("files: %v", files)
	}
	if s.instance.account.switched {
		files = append(files, filepath.Join(dir, recordFile))
	}
	for _, file := range append(files, s.instance.socketDir(), dir) {
		target, kept := filepath.Join(outside, "target"), file+".kept"
		if file == dir {
			target = outside // a directory that exists
		}
		existed := os.Rename(file, kept) == nil
		if err := os.Symlink(target, file); err != nil {
			t.Fatal(err)
		}
		if s, err := StartServer(t.Context(), opts); err == nil { // it may also fail
			mustStop(t, s)
		}
		if made, err := os.ReadDir(outside); err != nil || len(made) > 0 {
			t.Fatalf("%s led to %v, %v", file, made, err)
		}
		err := os.RemoveAll(file)
		if existed {
			err = errors.Join(err, os.Rename(kept, file))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
