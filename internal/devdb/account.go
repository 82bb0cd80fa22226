package devdb

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
)

// account is who runs PostgreSQL and who may connect to it.
type account struct {
	client   string // operating system name of this process's user
	uid, gid int    // of the PostgreSQL processes
	switched bool   // this process is root, and they are not
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
	return account{}, errors.New("PostgreSQL refuses to run as root, and there is no account postgres or nobody to run it")
}
