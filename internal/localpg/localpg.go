// Package localpg runs a private PostgreSQL from the server binaries that are
// installed on this machine, for development and for tests.
//
// Private means: no TCP port, a Unix socket in a folder of mode 0700, and peer
// authentication that lets in the operating system account of this process
// and no other. There is no password that could leak, so a URL may be shown.
//
// PostgreSQL refuses to run as root. When this process is root, PostgreSQL
// runs as the account postgres, or nobody, and its data lives below
// /var/lib/staysidekick-profile, because that account may be unable to enter
// Options.Dir; a file in Options.Dir records where.
package localpg

import (
	"errors"
	"log/slog"
)

// ErrNotInstalled is returned by Start when no usable server binaries are
// found. Its text is one line for people, and says what to install.
var ErrNotInstalled = errors.New("no PostgreSQL server (version 13 or newer) is installed:" +
	" on Debian and Ubuntu run `apt-get install postgresql`, elsewhere install the system's PostgreSQL server package")

// ErrInUse is in the error of Start when another process runs a server on
// the same data.
var ErrInUse = errors.New("in use by another run; stop that one first")

// ErrOthers is returned by Delete when there is data of another account.
var ErrOthers = errors.New("there is data of another account: run this as root for that of root, else as the one that it belongs to")

// Options says how a server is started. The zero value is a server with
// temporary data.
type Options struct {
	// Dir is the folder that holds the data, or, for root, the record of its
	// place. It is made when missing. Data is kept across restarts, until
	// Delete. When Dir is empty, the data is temporary and
	// removed by Stop.
	Dir string

	// Unsynced trades safety for speed: a power cut or a Crash may lose or
	// break the data. Temporary data is then kept in memory where there is
	// room. For tests.
	Unsynced bool

	// Settings are further server settings, as in postgresql.conf. Those that
	// keep the server private (addresses, sockets, authentication) cannot be
	// changed by them.
	Settings map[string]string

	// Log is told where the data lives; nil is silent. PostgreSQL's own log
	// is a file beside the data.
	Log *slog.Logger

	// rootBase replaces defaultRootBase in this package's tests.
	rootBase string
}
