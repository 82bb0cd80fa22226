package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// Timeouts limit how long a caller waits for the database. They also apply to the
// statements of a client that has disconnected.
type Timeouts struct {
	// Query limits one statement, including the wait for a connection.
	Query time.Duration
	// Brief replaces Query for optional reads, which must not delay a response.
	Brief time.Duration
	// Transaction limits the begin of a transaction, including the wait for a
	// connection, and each of its statements.
	Transaction time.Duration
	// Rollback limits the rollback of a transaction.
	Rollback time.Duration
}

// DefaultTimeouts are the timeouts of the server.
var DefaultTimeouts = Timeouts{
	// A caller gets the error of an unavailable database within two seconds.
	Query: 1800 * time.Millisecond,
	Brief: 500 * time.Millisecond,
	// A statement may wait for a lock, so this is a little longer than lock_timeout.
	Transaction: 4 * time.Second,
	Rollback:    time.Second,
}

// DB runs the queries. It translates every error of the driver into one of this
// package, into an apperr.Error with the code Unavailable, or into an internal one.
type DB struct {
	pool     *pgxpool.Pool
	timeouts Timeouts
}

// New returns a DB that uses a pool, which the caller closes.
func New(pool *pgxpool.Pool, timeouts Timeouts) *DB { return &DB{pool: pool, timeouts: timeouts} }

// Queries returns queries that each use any connection of the pool, outside a
// transaction.
func (d *DB) Queries() *sqlc.Queries {
	return sqlc.New(&statements{pool: d.pool, timeout: d.timeouts.Query})
}

// BriefQueries is Queries with the timeout Brief.
func (d *DB) BriefQueries() *sqlc.Queries {
	return sqlc.New(&statements{pool: d.pool, timeout: d.timeouts.Brief})
}

// Ping runs a statement. It fails when the database does not respond within
// Timeouts.Query.
func (d *DB) Ping(ctx context.Context) error {
	_, err := (&statements{pool: d.pool, timeout: d.timeouts.Query}).Exec(ctx, "select 1")
	return err
}
