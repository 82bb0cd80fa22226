//go:build unix

package localpg

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	socketPrefix = "pg" // of the socket folders in tempBase
	socketRecord = "socket"
)

// newSocketDir makes the folder of the server's socket, and notes it in the
// place, so that the next start can remove it when this process is killed.
func (p *place) newSocketDir() (string, error) {
	if err := p.removeSocketDir(); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(tempBase, socketPrefix)
	if err != nil {
		return "", err
	}
	err = errors.Join(
		os.WriteFile(p.path(socketRecord), []byte(dir), 0o600),
		p.account.own(dir),
	)
	if err != nil {
		os.Remove(dir)
		return "", err
	}
	return dir, nil
}

// removeSocketDir removes the noted socket folder, if there is one.
func (p *place) removeSocketDir() error {
	text, err := os.ReadFile(p.path(socketRecord))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	dir := string(text)
	if !strings.HasPrefix(filepath.Base(dir), socketPrefix) || filepath.Dir(dir) != tempBase {
		return nil // cut short or damaged: rather leave a folder behind
	}
	// After a reboot the name may be somebody else's.
	if p.account.ownsDir(dir) {
		err = os.RemoveAll(dir)
	}
	return errors.Join(err, os.Remove(p.path(socketRecord)))
}
