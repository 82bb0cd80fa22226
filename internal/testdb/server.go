package testdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/localpg"
)

// The server of this test process; set by start.
var (
	server *localpg.Server
	admin  *pgxpool.Pool // of its database postgres
)

var underMain bool

// Main runs the tests of a package and then stops the server that they used.
// It returns the exit code.
func Main(m *testing.M) int {
	underMain = true
	defer stop()
	return m.Run()
}

// start starts the server of this test process once.
var start = sync.OnceValue(func() error {
	if !underMain {
		return errors.New("this package needs: func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }")
	}
	ctx := context.Background() // outlives the test that came first
	started, err := localpg.Start(ctx, localpg.Options{
		Unsynced: true,
		Settings: map[string]string{"max_connections": "400"}, // of all parallel tests
	})
	if err != nil {
		return err
	}
	server = started
	admin, err = pgxpool.New(ctx, server.URL())
	return err
})

func stop() {
	if admin != nil {
		admin.Close()
	}
	if server == nil {
		return
	}
	if err := server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "testdb:", err)
	}
}

// Server starts a server for one test alone, which may halt, crash and resume
// it; what is committed there survives a crash. Its database postgres, at
// Server.URL, has the given shape. settings are further ones of PostgreSQL,
// nil for none. The server is stopped when the test ends.
func Server(t testing.TB, shape Shape, settings map[string]string) *localpg.Server {
	t.Helper()
	s, err := localpg.Start(t.Context(), localpg.Options{Settings: settings})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := build(t.Context(), s.URL(), shape); err != nil {
		t.Fatal(err)
	}
	return s
}
