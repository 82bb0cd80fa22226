//go:build unix

package localpg

import (
	"io"
	"os"
)

// logLimit is the size in bytes at which a start empties PostgreSQL's log.
const logLimit = 1 << 20

// openLog opens PostgreSQL's log for this process to append to.
func openLog(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Size() > logLimit {
		err = f.Truncate(0)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// logComplaint is what went wrong, as told in the log after the given offset.
func logComplaint(path string, from int64) string {
	f, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	text, err := io.ReadAll(io.NewSectionReader(f, from, logLimit))
	if err != nil {
		return err.Error()
	}
	return complaint(string(text))
}
