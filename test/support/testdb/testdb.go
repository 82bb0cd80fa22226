// Package testdb creates a separate PostgreSQL database for each test, cloned from
// a migrated template, so that tests can run in parallel.
//
// The first use starts one private server per test process. It needs PostgreSQL's
// server binaries, but no running server. Each package that uses testdb has
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
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// Shape is the origin of a database's tables.
type Shape string

const (
	// Own is created by this service's migrations: columns have defaults.
	Own Shape = "own"
	// Alembic is the Python service's database after this service's migrations:
	// only usuarios.es_superadmin has a default.
	Alembic Shape = "alembic"
	// Empty has no tables.
	Empty Shape = "empty"
	// Unmigrated is the Python service's database without this service's
	// migrations.
	Unmigrated Shape = "unmigrated"
)

// EachShape runs test as a subtest for each shape that the server supports.
func EachShape(t *testing.T, test func(t *testing.T, shape Shape)) {
	t.Helper()
	for _, shape := range []Shape{Own, Alembic} {
		t.Run(string(shape), func(t *testing.T) { test(t, shape) })
	}
}

// DB is the database of one test.
type DB struct {
	// Pool is a pool from Open.
	Pool *pgxpool.Pool
	// URL is for further pools.
	URL string
}

var databases atomic.Int64

// New creates a database of the given shape, which is dropped when the test ends.
// The test fails when a connection was not released to the pool by then.
func New(t testing.TB, shape Shape) *DB {
	t.Helper()
	template, err := templateOf(shape)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("test_%d", databases.Add(1))
	if err := execUnused(t.Context(), "create database "+name+" template "+template+cloning); err != nil {
		t.Fatalf("create a test database: %v", err)
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

// execUnused runs a statement that requires a database without sessions. The
// process of a closed or terminated session ends with a delay, on a busy machine
// after more than the five seconds that PostgreSQL waits for it.
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

// LongTimeouts are for tests that do not test timeouts: with the server's own
// timeouts they would fail when the machine pauses.
var LongTimeouts = db.Timeouts{
	Query: testtime.MaxWait, Brief: testtime.MaxWait, Transaction: testtime.MaxWait, Rollback: testtime.MaxWait,
}

// WithLongTimeouts returns a DB that uses LongTimeouts.
func WithLongTimeouts(pool *pgxpool.Pool) *db.DB { return db.New(pool, LongTimeouts) }

// Open makes a pool with the server's type mapping, and with long timeouts unless
// the URL sets others. It is closed when the test ends; the test fails when a
// connection was not released by then.
func Open(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := open(context.Background(), url) // outlives t.Context, until the cleanup
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !db.ClosePool(pool, testtime.MaxWait) {
			t.Errorf("%d connections were never released to the pool", pool.Stat().AcquiredConns())
		}
	})
	return pool
}

func open(ctx context.Context, url string) (*pgxpool.Pool, error) {
	serverPool, err := db.NewPool(ctx, url)
	if err != nil {
		return nil, err
	}
	defer serverPool.Close()
	cfg := serverPool.Config()
	cfg.ConnConfig.ConnectTimeout = testtime.MaxWait
	for _, name := range []string{"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"} {
		if _, ok := cfg.ConnConfig.RuntimeParams[name]; !ok {
			cfg.ConnConfig.RuntimeParams[name] = strconv.FormatInt(testtime.MaxWait.Milliseconds(), 10)
		}
	}
	return pgxpool.NewWithConfig(ctx, cfg)
}
