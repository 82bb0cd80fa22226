package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// changeWithin bounds a statement of a transaction, which may have to wait for
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
	within time.Duration // a statement of a transaction
}

// New uses a pool that the caller closes.
func New(pool *pgxpool.Pool) *DB { return &DB{pool: pool, within: changeWithin} }

// Queries runs each query on a connection of its own.
func (d *DB) Queries() *sqlc.Queries {
	return sqlc.New(&bounded{on: d.pool, within: answerWithin})
}

// InTx runs do in one transaction, which is committed when do returns nil and
// rolled back otherwise, also when do panics. The connection is held until do
// returns: nothing slow belongs in it. An Unavailable error of the commit
// leaves open whether it happened.
func (d *DB) InTx(ctx context.Context, do func(q *sqlc.Queries) error) error {
	tx, err := d.begin(ctx)
	if err != nil {
		return translate(err)
	}
	defer rollback(ctx, tx) // does nothing after a commit
	if err := do(sqlc.New(&bounded{on: tx, within: d.within})); err != nil {
		return err
	}
	return translate(commit(ctx, tx))
}

func (d *DB) begin(ctx context.Context) (pgx.Tx, error) {
	ctx, cancel := context.WithTimeout(ctx, changeWithin)
	defer cancel()
	return d.pool.Begin(ctx)
}

func commit(ctx context.Context, tx pgx.Tx) error {
	ctx, cancel := context.WithTimeout(ctx, changeWithin)
	defer cancel()
	return tx.Commit(ctx)
}

// rollback must also run when the caller is gone.
func rollback(ctx context.Context, tx pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = tx.Rollback(ctx)
}

// Patiently runs do in a transaction whose statements may take a long time: for
// the commands that look at everything.
func (d *DB) Patiently(ctx context.Context, do func(q *sqlc.Queries) error) error {
	patient := &DB{pool: d.pool, within: patience}
	return patient.InTx(ctx, func(q *sqlc.Queries) error {
		if err := q.StatementTimeoutLift(ctx); err != nil {
			return err
		}
		return do(q)
	})
}

// Ping reports whether the database answers a statement, within two seconds.
func (d *DB) Ping(ctx context.Context) error {
	_, err := (&bounded{on: d.pool, within: answerWithin}).Exec(ctx, "select 1")
	return err
}
