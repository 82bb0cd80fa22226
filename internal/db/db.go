package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// changeWithin bounds what a transaction sends at once, which may have to wait for
// somebody else's lock: a little longer than lock_timeout.
const changeWithin = 4 * time.Second

// answerWithin bounds one statement, the wait for a connection included, so
// that a database that is away is told to the caller within two seconds.
const answerWithin = 1800 * time.Millisecond

// patience bounds a statement of a maintenance command.
const patience = time.Hour

// DB runs the queries. Every error it returns is translated: ErrNotFound,
// ErrDuplicate, a problem.Error with the code Unavailable, or an internal one.
type DB struct {
	pool   *pgxpool.Pool
	within time.Duration // what a transaction sends at once
}

// New uses a pool that the caller closes.
func New(pool *pgxpool.Pool) *DB { return &DB{pool: pool, within: changeWithin} }

// Queries runs each query on a connection of its own.
func (d *DB) Queries() *sqlc.Queries {
	return sqlc.New(&bounded{on: d.pool, within: answerWithin})
}

// Ping reports whether the database answers a statement, within two seconds.
func (d *DB) Ping(ctx context.Context) error {
	_, err := (&bounded{on: d.pool, within: answerWithin}).Exec(ctx, "select 1")
	return err
}
