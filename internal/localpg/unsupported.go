//go:build !unix

package localpg

import (
	"context"
	"errors"
)

// Server is never made on this system.
type Server struct{}

// Start always fails: Unix sockets and accounts are needed.
func Start(context.Context, Options) (*Server, error) {
	return nil, errors.New("a private PostgreSQL needs a Unix system: set DATABASE_URL instead")
}

// HasData says that there is none.
func HasData(string) bool { return false }

// Delete has nothing to remove.
func Delete(Options) error { return nil }

// URL is for the compiler only, like all methods here.
func (*Server) URL() string { return "" }

// DatabaseURL is for the compiler only.
func (*Server) DatabaseURL(string) string { return "" }

// DataDir is for the compiler only.
func (*Server) DataDir() string { return "" }

// LogFile is for the compiler only.
func (*Server) LogFile() string { return "" }

// Halt is for the compiler only.
func (*Server) Halt() error { return nil }

// Crash is for the compiler only.
func (*Server) Crash() error { return nil }

// Resume is for the compiler only.
func (*Server) Resume(context.Context) error { return nil }

// Stop is for the compiler only.
func (*Server) Stop() error { return nil }
