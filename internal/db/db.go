package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// txTimeout bounds what a transaction sends at once, which may have to wait for
// somebody else's lock: a little longer than lock_timeout.
const txTimeout = 4 * time.Second

// queryTimeout bounds one statement, the wait for a connection included, so
// that a database that is away is told to the caller within two seconds.
const queryTimeout = 1800 * time.Millisecond

// maintenanceTimeout bounds a statement of a maintenance command.
const maintenanceTimeout = time.Hour

// DB runs the queries. Every error it returns is translated: ErrNotFound,
// ErrDuplicate, a problem.Error with the code Unavailable, or an internal one.
type DB struct {
	pool    *pgxpool.Pool
	timeout time.Duration // what a transaction sends at once
}

// New uses a pool that the caller closes.
func New(pool *pgxpool.Pool) *DB { return &DB{pool: pool, timeout: txTimeout} }

// Queries runs each query on a connection of its own.
func (d *DB) Queries() *sqlc.Queries {
	return sqlc.New(&timeoutDBTX{on: d.pool, timeout: queryTimeout})
}

// Ping reports whether the database answers a statement, within two seconds.
func (d *DB) Ping(ctx context.Context) error {
	_, err := (&timeoutDBTX{on: d.pool, timeout: queryTimeout}).Exec(ctx, "select 1")
	return err
}
