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
	recordFile   = "postgres.place" // in Options.Dir: records the name of root's instance in rootBase
	instanceName = "postgres"       // in Options.Dir: the instance of any other account
	pidFile      = "data/postmaster.pid"
)

// rootBase is the parent directory of root's instances. Only tests change it.
var rootBase = "/var/lib/staysidekick-profile"

// instance is the directory of one server: its data directory, configuration, log
// and locks. PostgreSQL's account owns it.
type instance struct {
	dir     string
	files   *os.Root // of dir
	account account

	// This process alone locks run, so that one process at a time uses the
	// instance. The script and PostgreSQL inherit server and its lock, which is
	// released when none of them is left.
	run, server *os.File
}

func (p *instance) data() string { return filepath.Join(p.dir, "data") }

// openInstance opens and locks the instance of opts, which it creates when it does
// not exist. The error is ErrInUse when another process has locked it.
func openInstance(opts Options, acc account) (*instance, error) {
	if opts.Temporary {
		return lockInstance(opts.Dir, acc)
	}
	parent, err := openDir(opts.Dir)
	if err != nil {
		return nil, err
	}
	defer parent.Close()
	dir, err := instanceDir(opts.Dir, acc)
	if errors.Is(err, fs.ErrNotExist) {
		dir, err = newRootInstance(parent)
	}
	if err != nil {
		return nil, err
	}
	return lockInstance(dir, acc)
}

// openDir opens a directory, which it creates when it does not exist. It follows no
// symbolic link out of the parent directory.
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

// maxRecord is the maximum size of a record in bytes.
const maxRecord = 64

// instanceDir returns the directory of the instance that belongs to dir. For root a
// file in dir records it; the error is fs.ErrNotExist when there is no record.
func instanceDir(dir string, acc account) (string, error) {
	if !acc.switched {
		return filepath.Join(dir, instanceName), nil
	}
	record := filepath.Join(dir, recordFile)
	// The owner of dir must not be able to direct root to another directory, nor to
	// a file that has no end.
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
		return "", fmt.Errorf("%s does not contain the name of a directory in %s: delete that file to start with new data", record, rootBase)
	}
	if _, err := os.Lstat(filepath.Join(rootBase, name)); err != nil {
		return "", fmt.Errorf("the data that %s refers to does not exist: delete that file to start with new data", record)
	}
	return filepath.Join(rootBase, name), nil
}

// newRootInstance creates a directory with a new name and records it. A new clone at
// an old path must not use data whose keys were deleted with the old clone.
func newRootInstance(parent *os.Root) (string, error) {
	// MkdirAll applies the umask, and PostgreSQL's account must be able to enter.
	if err := errors.Join(os.MkdirAll(rootBase, 0o711), os.Chmod(rootBase, 0o711)); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(rootBase, "")
	if err != nil {
		return "", err
	}
	// The file records which directory the data belongs to.
	if err := os.WriteFile(filepath.Join(dir, "origin"), []byte("data of "+parent.Name()+"\n"), 0o600); err != nil {
		return "", err
	}
	// O_EXCL follows no symbolic link, and fails when a concurrent start has recorded another instance.
	record, err := parent.OpenFile(recordFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	_, err = io.WriteString(record, filepath.Base(dir)+"\n")
	return dir, errors.Join(err, record.Close())
}

// lockInstance opens and locks the instance in dir, which it creates when it does
// not exist.
func lockInstance(dir string, acc account) (*instance, error) {
	files, err := openDir(dir)
	if err != nil {
		return nil, err
	}
	p := &instance{dir: files.Name(), files: files, account: acc}
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

// lock locks f until the last process that opened or inherited it closes it or ends.
// The error is ErrInUse when f is locked already.
func lock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrInUse
	}
	return err
}

func (p *instance) close() {
	if p.run != nil {
		// Close alone does not unlock while a process that another goroutine starts
		// still has the file open.
		_ = syscall.Flock(int(p.run.Fd()), syscall.LOCK_UN)
	}
	_, _, _ = p.run.Close(), p.server.Close(), p.files.Close() // a nil *os.File only returns an error
}

// stopLeftover locks p.server. When a killed run has left PostgreSQL running, it
// stops it with the pg_ctl in bin and waits for at most a minute.
func (p *instance) stopLeftover(bin string) error {
	err := lock(p.server)
	if errors.Is(err, ErrInUse) {
		_ = p.command(filepath.Join(bin, "pg_ctl"), "-D", "data", "-m", "immediate", "stop").Run() // fails when it is stopping already
	}
	for deadline := time.Now().Add(time.Minute); errors.Is(err, ErrInUse); err = lock(p.server) {
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: PostgreSQL of an earlier run does not stop", p.dir)
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil {
		return err
	}
	// After a crash, another process may have the recorded process id, and
	// PostgreSQL would assume that a server is running.
	if err := p.files.Remove(pidFile); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// dataMajor returns the major version that created the data, or 0 when there is no
// data.
func (p *instance) dataMajor() int {
	text, _ := p.files.ReadFile("data/PG_VERSION")
	return majorVersion(string(text))
}

// hasData reports whether dir has an instance of this account that contains data.
func hasData(dir string) bool {
	acc, err := findAccount()
	if err != nil {
		return false
	}
	kept, err := instanceDir(dir, acc)
	if err != nil {
		return false
	}
	_, err = os.Stat(filepath.Join(kept, "data", "PG_VERSION"))
	return err == nil
}

// deleteServer deletes the instance of this account that belongs to dir. It deletes
// nothing and fails with ErrInUse while a server runs on it, and with
// ErrOtherAccount when dir has an instance of another account.
func deleteServer(dir string) error {
	acc, err := findAccount()
	if err != nil {
		return err
	}
	own, other := instanceName, recordFile
	if acc.switched {
		own, other = other, own
	}
	if _, err := os.Lstat(filepath.Join(dir, other)); err == nil {
		return ErrOtherAccount
	}
	if _, err := os.Lstat(filepath.Join(dir, own)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	kept, err := instanceDir(dir, acc)
	if err != nil {
		return err
	}
	p, err := lockInstance(kept, acc)
	if err != nil {
		return err
	}
	defer p.close()
	bin, _, _ := findBinaries(p.dataMajor(), packagePatterns) // only stopping a leftover needs it
	if err := p.stopLeftover(bin); err != nil {
		return err
	}
	if err := os.RemoveAll(p.dir); err != nil {
		return err
	}
	return os.RemoveAll(filepath.Join(dir, own))
}
