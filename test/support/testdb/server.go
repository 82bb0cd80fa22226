package testdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
)

// The server of this test process, set by start.
var (
	server *Postgres
	admin  *pgxpool.Pool // connected to its database postgres
)

var underMain bool

// Main runs the tests of a package, stops their server and returns the exit code.
func Main(m *testing.M) int {
	underMain = true
	defer stop()
	return m.Run()
}

// start starts the server of this test process once, without durability: a crash
// ends the tests too.
var start = sync.OnceValue(func() error {
	if !underMain {
		return errors.New("this package needs: func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }")
	}
	ctx := context.Background() // outlives the first test
	started, err := StartPostgres(ctx, memoryDir(), map[string]string{
		"max_connections":    "400", // for all parallel tests
		"fsync":              "off",
		"synchronous_commit": "off",
		"full_page_writes":   "off",
		"max_wal_size":       "128MB", // the data may be in memory
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

// Server starts a durable server for one test, which may halt, crash and resume it.
// Its database postgres, at Postgres.URL, has the given shape. settings are further
// settings of PostgreSQL, nil for none. The server is stopped when the test ends.
func Server(t testing.TB, shape Shape, settings map[string]string) *Postgres {
	t.Helper()
	s, err := StartPostgres(t.Context(), shortDir, settings)
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
