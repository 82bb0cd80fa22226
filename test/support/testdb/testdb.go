// Package testdb gives every test a PostgreSQL database of its own, cloned
// from a migrated template, so that tests can run in parallel.
//
// The first test that asks starts one private server for its test process,
// which needs PostgreSQL's server binaries and nothing running. Each package
// that uses it has
//
//	func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }
//
// The tests of package db that use it belong in package db_test, because
// testdb imports db.
package testdb

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// Shape is how a database's tables came about.
type Shape string

const (
	// Own is what this service makes of an empty database: columns have
	// defaults.
	Own Shape = "own"
	// Alembic is what it makes of the Python service's database, where no
	// column but usuarios.es_superadmin has a default.
	Alembic Shape = "alembic"
	// Empty has no tables: before Own.
	Empty Shape = "empty"
	// Unmigrated is the Python service's database before Alembic: db.Migrate
	// has not run.
	Unmigrated Shape = "unmigrated"
)

// EachShape runs test on each shape that the server works on, as a subtest.
func EachShape(t *testing.T, test func(t *testing.T, shape Shape)) {
	t.Helper()
	for _, shape := range []Shape{Own, Alembic} {
		t.Run(string(shape), func(t *testing.T) { test(t, shape) })
	}
}

// DB is a database of one test.
type DB struct {
	// Pool is one of Open's.
	Pool *pgxpool.Pool
	// URL is for further pools.
	URL string
}

var databases atomic.Int64

// New makes a database of the given shape. It is dropped when the test ends,
// and the test fails when a connection was not given back to the pool by then.
func New(t testing.TB, shape Shape) *DB {
	t.Helper()
	template, err := templateOf(shape)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("test_%d", databases.Add(1))
	if err := execUnused(t.Context(), "create database "+name+" template "+template); err != nil {
		t.Fatalf("make a test database: %v", err)
	}
	t.Cleanup(func() { drop(t, name) })

	url := server.DatabaseURL(name)
	return &DB{Pool: Open(t, url), URL: url}
}

func drop(t testing.TB, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), testtime.MaxWait)
	defer cancel()
	if err := execUnused(ctx, "drop database "+name+" with (force)"); err != nil {
		t.Errorf("drop a test database: %v", err)
	}
}

// execUnused runs a statement that needs a database which nobody uses. A process
// of PostgreSQL lives on for a moment after its connection is closed or it was
// told to end, on a busy machine longer than the five seconds that PostgreSQL
// itself waits for it.
func execUnused(ctx context.Context, sql string) error {
	const objectInUse = "55006"
	var err error
	for range 10 {
		_, err = admin.Exec(ctx, sql)
		if server, ok := errors.AsType[*pgconn.PgError](err); !ok || server.Code != objectInUse {
			break
		}
	}
	return err
}
