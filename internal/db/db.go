package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// Timeouts are how long a caller waits for the database. A statement of a client
// that disconnects runs just as long.
type Timeouts struct {
	// Query bounds one statement, the wait for a connection included.
	Query time.Duration
	// Brief is Query for what is not worth a long wait.
	Brief time.Duration
	// Transaction bounds the begin of a transaction, the wait for a connection
	// included, and each of its statements.
	Transaction time.Duration
	// Rollback bounds the end of a transaction that failed.
	Rollback time.Duration
}

// DefaultTimeouts are the server's.
var DefaultTimeouts = Timeouts{
	// A database that is away is told to the caller within two seconds.
	Query: 1800 * time.Millisecond,
	Brief: 500 * time.Millisecond,
	// A change may have to wait for somebody else's lock: a little longer than
	// lock_timeout.
	Transaction: 4 * time.Second,
	Rollback:    time.Second,
}

// DB runs the queries. Every error it returns is translated: ErrNotFound,
// ErrDuplicate, a apperr.Error with the code Unavailable, or an internal one.
type DB struct {
	pool     *pgxpool.Pool
	timeouts Timeouts
}

// New uses a pool that the caller closes.
func New(pool *pgxpool.Pool, timeouts Timeouts) *DB { return &DB{pool: pool, timeouts: timeouts} }

// Queries runs each query on a connection of its own.
func (d *DB) Queries() *sqlc.Queries { return sqlc.New(d.single(d.timeouts.Query)) }

// BriefQueries is Queries for what must not hold up an answer for long.
func (d *DB) BriefQueries() *sqlc.Queries { return sqlc.New(d.single(d.timeouts.Brief)) }

// Ping reports whether the database answers a statement, within Timeouts.Query.
func (d *DB) Ping(ctx context.Context) error {
	_, err := d.single(d.timeouts.Query).Exec(ctx, "select 1")
	return err
}

// single runs single statements.
func (d *DB) single(timeout time.Duration) *timeoutDBTX {
	return &timeoutDBTX{on: d.pool, timeout: timeout}
}
