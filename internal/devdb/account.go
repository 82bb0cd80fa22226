package devdb

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
)

// account is the operating system account that runs PostgreSQL, and the one that
// may connect to it.
type account struct {
	client   string // name of this process's account, which may connect
	uid, gid int    // of the PostgreSQL processes
	switched bool   // this process runs as root, the PostgreSQL processes do not
}

func findAccount() (account, error) {
	me, err := user.Current()
	if err != nil {
		return account{}, fmt.Errorf("find the user of this process: %w", err)
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
	return account{}, errors.New("PostgreSQL does not run as root, and this machine has neither an account postgres nor an account nobody")
}
