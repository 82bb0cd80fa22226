//go:build unix

package localpg

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// account says who runs PostgreSQL and who may connect to it.
type account struct {
	client   string // operating system name of this process's user
	uid, gid int    // of the PostgreSQL processes
	switched bool   // this process is root, and they are not
}

func findAccount() (account, error) {
	me, err := user.Current()
	if err != nil {
		return account{}, fmt.Errorf("who runs this process: %w", err)
	}
	if os.Geteuid() != 0 {
		return account{client: me.Username, uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(u.Uid)
		gid, gidErr := strconv.Atoi(u.Gid)
		if uidErr == nil && gidErr == nil && uid != 0 {
			return account{client: me.Username, uid: uid, gid: gid, switched: true}, nil
		}
	}
	return account{}, errors.New("PostgreSQL refuses to run as root, and there is no account postgres or nobody to run it")
}

// credential is what a PostgreSQL process switches to; nil for no switch.
func (a account) credential() *syscall.Credential {
	if !a.switched {
		return nil
	}
	return &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
}

// mkdirOwned makes a folder that only PostgreSQL's account can use.
func (a account) mkdirOwned(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	return a.own(dir)
}

// own gives a folder of this process to PostgreSQL's account.
func (a account) own(dir string) error {
	if !a.switched {
		return nil
	}
	return os.Lchown(dir, a.uid, a.gid)
}

// letPass closes a folder of this process to everyone, but lets PostgreSQL's
// account pass through. That account cannot write there, so root may: it
// cannot be led astray by a planted link.
func (a account) letPass(dir string) error { return a.share(dir, 0o700, 0o010) }

// letRead closes a file of this process to everyone but PostgreSQL's account,
// which can read it.
func (a account) letRead(file string) error { return a.share(file, 0o600, 0o040) }

func (a account) share(path string, mine, theirs os.FileMode) error {
	if !a.switched {
		return os.Chmod(path, mine)
	}
	if err := os.Lchown(path, 0, a.gid); err != nil {
		return err
	}
	return os.Chmod(path, mine|theirs)
}

// ownsDir says whether path is a folder, not a link, that belongs to
// PostgreSQL's account.
func (a account) ownsDir(path string) bool { return isDirOf(path, a.uid) }

func isDirOf(path string, uid int) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.IsDir() {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == uid
}
