package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// InTx runs do in one transaction. It commits when do returns nil, and rolls back
// when do fails or panics. do holds a connection, so it must not do slow work such as
// hashing. When the columns of a table have changed, InTx rolls back and calls do again,
// up to three times. The error is that of do or of the commit. After an Unavailable
// error of the commit the transaction may or may not be committed.
func (d *DB) InTx(ctx context.Context, do func(q *sqlc.Queries) error) error {
	return d.inTx(ctx, d.timeouts.Transaction, do)
}

// InLongTx is InTx without a timeout for statements, for commands that read whole
// tables. When ctx is cancelled, a running statement is cancelled immediately.
func (d *DB) InLongTx(ctx context.Context, do func(q *sqlc.Queries) error) error {
	return d.inTx(ctx, 0, func(q *sqlc.Queries) error {
		if err := q.StatementTimeoutDisable(ctx); err != nil {
			return err
		}
		return do(q)
	})
}

// inTx is InTx with the given timeout of each statement, 0 for none.
func (d *DB) inTx(ctx context.Context, timeout time.Duration, do func(q *sqlc.Queries) error) error {
	begin, cancel := context.WithTimeout(ctx, d.timeouts.Transaction)
	defer cancel()
	conn, err := d.pool.Acquire(begin)
	if err != nil {
		return translate(err)
	}
	defer conn.Release()
	return repeatStale(begin, conn.Conn(), func() error {
		if err := begin.Err(); err != nil { // Begin would close the connection
			return translate(err)
		}
		tx, err := conn.Begin(begin)
		if err != nil {
			return translate(err)
		}
		return d.runTx(ctx, tx, timeout, do)
	})
}

// runTx runs do in a transaction that has begun.
func (d *DB) runTx(ctx context.Context, tx pgx.Tx, timeout time.Duration, do func(q *sqlc.Queries) error) error {
	defer rollback(ctx, tx, d.timeouts.Rollback)
	if err := do(sqlc.New(&statements{tx: tx, timeout: timeout})); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil { // Commit would close the connection
		return translate(err)
	}
	ctx, cancel := withTimeout(ctx, timeout)
	defer cancel()
	return translate(tx.Commit(ctx))
}

// rollback rolls back a transaction that is not committed, even when ctx is done. The
// driver closes the connection when that fails.
func rollback(ctx context.Context, tx pgx.Tx, timeout time.Duration) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	defer cancel()
	_ = tx.Rollback(ctx)
}
