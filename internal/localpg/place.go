//go:build unix

package localpg

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const (
	// defaultRootBase holds the data of servers that root started.
	defaultRootBase = "/var/lib/staysidekick-profile"
	// tempBase is short, because a socket's path has at most 107 bytes.
	tempBase    = "/tmp"
	tempPrefix  = "profile-pg-"
	recordName  = "postgres.place" // in Options.Dir: where root's data is
	privateName = "postgres"       // in Options.Dir: the data of anyone else
	dataName    = "data"           // in a place
)

// place is the folder of one server: its data and what belongs to it. Only
// data belongs to PostgreSQL's account, the rest to this process's.
type place struct {
	dir       string
	temporary bool
	account   account
	lock      *os.File
}

func (p *place) path(name string) string { return filepath.Join(p.dir, name) }
func (p *place) data() string            { return p.path(dataName) }
func (p *place) logFile() string         { return p.path("postgres.log") }

// openPlace finds or makes the place that opts asks for, and locks it. The
// error is ErrInUse when another process has it.
func openPlace(opts Options, acc account) (*place, error) {
	dir, err := placeDir(opts, acc)
	if err != nil {
		return nil, err
	}
	if err := acc.letPass(dir); err != nil {
		return nil, err
	}
	p := &place{dir: dir, temporary: opts.Dir == "", account: acc}
	if p.lock, err = lockFile(p.path("lock")); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return p, nil
}

func placeDir(opts Options, acc account) (string, error) {
	if opts.Dir == "" {
		return os.MkdirTemp(tempParent(opts), tempPrefix)
	}
	dir, err := filepath.Abs(opts.Dir)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	if acc.switched {
		return rootPlaceDir(dir, opts.rootBase)
	}
	dir = filepath.Join(dir, privateName)
	return dir, os.MkdirAll(dir, 0o700)
}

// tempParent is where temporary data is made. In memory, databases are cloned
// several times faster.
func tempParent(opts Options) string {
	if opts.Unsynced && hasMemoryBase() {
		return memoryBase
	}
	return tempBase
}

// rootPlaceDir returns the folder that dir's record names, or makes one.
func rootPlaceDir(dir, base string) (string, error) {
	if base == "" {
		base = defaultRootBase
	}
	record := filepath.Join(dir, recordName)
	text, err := os.ReadFile(record)
	if errors.Is(err, fs.ErrNotExist) {
		return newRootPlaceDir(dir, base, record)
	}
	if err != nil {
		return "", err
	}
	// Whoever owns dir must not be able to send root anywhere else.
	named := strings.TrimSpace(string(text))
	if filepath.Dir(named) != base {
		return "", fmt.Errorf("%s names a folder that is not in %s: delete it to start with fresh data", record, base)
	}
	if _, err := os.Lstat(named); err != nil {
		return "", fmt.Errorf("the data that %s names is gone: delete that file to start with fresh data", record)
	}
	return named, nil
}

// newRootPlaceDir makes a folder with a name never used before: a new clone
// at an old path must not find data whose keys were deleted with the old one.
func newRootPlaceDir(dir, base, record string) (string, error) {
	if err := os.MkdirAll(base, 0o711); err != nil {
		return "", err
	}
	// MkdirAll obeys the umask; PostgreSQL's account has to pass through.
	if err := os.Chmod(base, 0o711); err != nil {
		return "", err
	}
	made, err := os.MkdirTemp(base, "")
	if err != nil {
		return "", err
	}
	// Tells a person who finds the folder whose it is.
	origin := []byte("data of " + dir + "\n")
	if err := os.WriteFile(filepath.Join(made, "origin"), origin, 0o600); err != nil {
		return "", err
	}
	return made, os.WriteFile(record, []byte(made+"\n"), 0o600)
}

// HasData says whether a server of this account has kept its data in dir or, for
// root, where dir records.
func HasData(dir string) bool {
	acc, err := findAccount()
	if err != nil {
		return false
	}
	place, err := keptPlaceDir(Options{Dir: dir}, acc)
	if err != nil || place == "" {
		return false
	}
	_, err = os.Stat(filepath.Join(place, dataName, "PG_VERSION"))
	return err == nil
}

// Delete removes the data that a server of this account has kept in opts.Dir or,
// for root, where it records. The error is ErrInUse while a server runs on it,
// and ErrOthers when there is also data of another account: nothing is removed.
func Delete(opts Options) error {
	acc, err := findAccount()
	if err != nil {
		return err
	}
	if exists(filepath.Join(opts.Dir, keptBy(!acc.switched))) {
		return ErrOthers
	}
	dir, err := keptPlaceDir(opts, acc)
	if err != nil || dir == "" {
		return err
	}
	p, err := openPlace(opts, acc)
	if err != nil {
		return err
	}
	if err := endOrphans(p.data()); err != nil {
		return errors.Join(err, p.close())
	}
	p.temporary = true // close removes it
	err = errors.Join(p.removeSocketDir(), p.close())
	if acc.switched && err == nil {
		err = os.Remove(filepath.Join(opts.Dir, recordName))
	}
	return err
}

// keptPlaceDir returns the folder of an earlier server of this account, empty
// when there is none. It makes nothing.
func keptPlaceDir(opts Options, acc account) (string, error) {
	if !exists(filepath.Join(opts.Dir, keptBy(acc.switched))) {
		return "", nil
	}
	return placeDir(opts, acc)
}

// keptBy names what tells of an earlier server of root, or of anyone else.
func keptBy(root bool) string {
	if root {
		return recordName
	}
	return privateName
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// close unlocks the place, and removes it when it is temporary.
func (p *place) close() error {
	var err error
	if p.temporary {
		err = os.RemoveAll(p.dir)
	}
	return errors.Join(err, p.unlock())
}

func (p *place) unlock() error {
	// Closing alone would not unlock while some other goroutine forks a child.
	return errors.Join(syscall.Flock(int(p.lock.Fd()), syscall.LOCK_UN), p.lock.Close())
}

// lockFile takes the lock that lasts until the file is closed, at the latest
// when this process ends, however it ends.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, ErrInUse
	}
	return nil, fmt.Errorf("locking: %w", err)
}
