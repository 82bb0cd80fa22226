package devdb

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	recordName  = "postgres.place" // in Options.Dir: the name of root's data in rootBase
	privateName = "postgres"       // in Options.Dir: the data of any other account
	pidFile     = "data/postmaster.pid"
)

// rootBase holds the data of servers that root started. Only tests change it.
var rootBase = "/var/lib/staysidekick-profile"

// place is the directory of one server: the data and what belongs to it. It
// belongs to PostgreSQL's account.
type place struct {
	dir     string
	files   *os.Root // of dir
	account account

	// run is locked by this process alone, so that one run at a time uses the
	// place. server is locked as well by the processes that inherit it, the
	// script and PostgreSQL: it is free when none of them is left.
	run, server *os.File
}

func (p *place) data() string { return filepath.Join(p.dir, "data") }

// openPlace finds or makes the place that opts asks for, and locks it. The
// error is ErrInUse when another process has it.
func openPlace(opts Options, acc account) (*place, error) {
	if opts.Temporary {
		return lockPlace(opts.Dir, acc)
	}
	parent, err := openDir(opts.Dir)
	if err != nil {
		return nil, err
	}
	defer parent.Close()
	dir, err := keptDir(opts.Dir, acc)
	if errors.Is(err, fs.ErrNotExist) {
		dir, err = newRootDir(parent)
	}
	if err != nil {
		return nil, err
	}
	return lockPlace(dir, acc)
}

// openDir opens a directory, and makes it when it is missing. Neither follows a
// link out of the parent directory.
func openDir(dir string) (*os.Root, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	parent, err := os.OpenRoot(filepath.Dir(dir))
	if err != nil {
		return nil, err
	}
	defer parent.Close()
	if err := parent.Mkdir(filepath.Base(dir), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return parent.OpenRoot(filepath.Base(dir))
}

// maxRecord is the most that a record holds, in bytes.
const maxRecord = 64

// keptDir returns where the place of dir is. For root it is what dir records; the
// error is fs.ErrNotExist when that is nothing.
func keptDir(dir string, acc account) (string, error) {
	if !acc.switched {
		return filepath.Join(dir, privateName), nil
	}
	record := filepath.Join(dir, recordName)
	// The owner of dir must not be able to send root anywhere else, nor to let it
	// read without end.
	info, err := os.Lstat(record)
	if err != nil {
		return "", err
	}
	var text []byte
	if info.Mode().IsRegular() && info.Size() <= maxRecord {
		if text, err = os.ReadFile(record); err != nil {
			return "", err
		}
	}
	name := strings.TrimSuffix(string(text), "\n")
	if name == "" || strings.Trim(name, "0123456789") != "" {
		return "", fmt.Errorf("%s does not name data in %s: delete that file to start with fresh data", record, rootBase)
	}
	if _, err := os.Lstat(filepath.Join(rootBase, name)); err != nil {
		return "", fmt.Errorf("the data that %s names is gone: delete that file to start with fresh data", record)
	}
	return filepath.Join(rootBase, name), nil
}

// newRootDir makes a place with a name never used before, and records it: a new
// clone at an old path must not find data whose keys were deleted with the old one.
func newRootDir(parent *os.Root) (string, error) {
	// MkdirAll obeys the umask; PostgreSQL's account has to pass through.
	if err := errors.Join(os.MkdirAll(rootBase, 0o711), os.Chmod(rootBase, 0o711)); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(rootBase, "")
	if err != nil {
		return "", err
	}
	// A person who finds the directory can see whose it is.
	if err := os.WriteFile(filepath.Join(dir, "origin"), []byte("data of "+parent.Name()+"\n"), 0o600); err != nil {
		return "", err
	}
	record, err := parent.OpenFile(recordName, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // follows no link
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	_, err = io.WriteString(record, filepath.Base(dir)+"\n")
	return dir, errors.Join(err, record.Close())
}

// lockPlace opens a place, which it makes when it is missing.
func lockPlace(dir string, acc account) (*place, error) {
	files, err := openDir(dir)
	if err != nil {
		return nil, err
	}
	p := &place{dir: files.Name(), files: files, account: acc}
	err = files.Chmod(".", 0o700)
	if acc.switched && err == nil {
		err = files.Lchown(".", acc.uid, acc.gid)
	}
	if err == nil {
		p.run, err = os.OpenFile(filepath.Join(p.dir, "lock"), os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	}
	if err == nil {
		p.server, err = files.Open(".")
	}
	if err == nil {
		err = lock(p.run)
	}
	if err != nil {
		p.close()
		return nil, fmt.Errorf("%s: %w", p.dir, err)
	}
	return p, nil
}

// lock locks f until the last process that has it open, or inherits it, closes
// it or ends. The error is ErrInUse when f is locked already.
func lock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrInUse
	}
	return err
}

func (p *place) close() {
	if p.run != nil {
		// Closing alone would not unlock while another goroutine starts a process.
		_ = syscall.Flock(int(p.run.Fd()), syscall.LOCK_UN)
	}
	_, _, _ = p.run.Close(), p.server.Close(), p.files.Close() // a nil *os.File only returns an error
}

// endLeftover locks p.server. It first stops what a killed run left behind in it,
// with the pg_ctl in bin, and waits for the end for at most a minute.
func (p *place) endLeftover(bin string) error {
	err := lock(p.server)
	if errors.Is(err, ErrInUse) {
		_ = p.command(filepath.Join(bin, "pg_ctl"), "-D", "data", "-m", "immediate", "stop").Run() // fails where it is ending already
	}
	for deadline := time.Now().Add(time.Minute); errors.Is(err, ErrInUse); err = lock(p.server) {
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: PostgreSQL of an earlier run does not end", p.dir)
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil {
		return err
	}
	// After a crash its number may be that of another process by now, which
	// PostgreSQL would take for a running server.
	if err := p.files.Remove(pidFile); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// dataMajor returns the version that made the data; 0 when there is none yet.
func (p *place) dataMajor() int {
	text, _ := p.files.ReadFile("data/PG_VERSION")
	return majorVersion(string(text))
}

// hasData reports whether a server of this account has kept its data in dir or,
// for root, where dir records.
func hasData(dir string) bool {
	acc, err := findAccount()
	if err != nil {
		return false
	}
	kept, err := keptDir(dir, acc)
	if err != nil {
		return false
	}
	_, err = os.Stat(filepath.Join(kept, "data", "PG_VERSION"))
	return err == nil
}

// deleteServer removes the data that a server of this account has kept in dir or, for
// root, where dir records. The error is ErrInUse while a server runs on it, and
// ErrOthers when there is also data of another account: nothing is removed.
func deleteServer(dir string) error {
	acc, err := findAccount()
	if err != nil {
		return err
	}
	mine, others := privateName, recordName
	if acc.switched {
		mine, others = others, mine
	}
	if _, err := os.Lstat(filepath.Join(dir, others)); err == nil {
		return ErrOthers
	}
	if _, err := os.Lstat(filepath.Join(dir, mine)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	kept, err := keptDir(dir, acc)
	if err != nil {
		return err
	}
	p, err := lockPlace(kept, acc)
	if err != nil {
		return err
	}
	defer p.close()
	bin, _, _ := findBinaries(p.dataMajor(), packagePatterns) // only a leftover needs it
	if err := p.endLeftover(bin); err != nil {
		return err
	}
	if err := os.RemoveAll(p.dir); err != nil {
		return err
	}
	return os.RemoveAll(filepath.Join(dir, mine))
}
