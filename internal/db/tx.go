package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// InTx runs do in one transaction, which is committed when do returns nil and
// rolled back otherwise, also when do panics. The connection is held until do
// returns: nothing slow belongs in it. The error is that of do or of the commit.
// An Unavailable error of the commit leaves open whether it happened.
func (d *DB) InTx(ctx context.Context, do func(q *sqlc.Queries) error) error {
	return d.inTx(ctx, d.timeouts.Transaction, do)
}

// InLongTx runs do in a transaction whose statements have no timeout, for the
// commands that look at everything. When ctx is cancelled, they end at once.
func (d *DB) InLongTx(ctx context.Context, do func(q *sqlc.Queries) error) error {
	return d.inTx(ctx, 0, func(q *sqlc.Queries) error {
		if err := q.StatementTimeoutDisable(ctx); err != nil {
			return err
		}
		return do(q)
	})
}

// inTx is InTx with another timeout of each statement, 0 for none.
func (d *DB) inTx(ctx context.Context, timeout time.Duration, do func(q *sqlc.Queries) error) error {
	conn, tx, err := d.begin(ctx)
	if err != nil {
		return translate(err)
	}
	defer conn.Release()
	defer rollback(ctx, tx, d.timeouts.Rollback)
	if err := do(sqlc.New(&timeoutDBTX{on: tx, timeout: timeout})); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil { // with a done context, Commit closes the connection
		return translate(err)
	}
	ctx, cancel := withTimeout(ctx, timeout)
	defer cancel()
	return translate(tx.Commit(ctx))
}

// begin waits for a connection and begins a transaction on it.
func (d *DB) begin(ctx context.Context) (conn *pgxpool.Conn, tx pgx.Tx, err error) {
	ctx, cancel := context.WithTimeout(ctx, d.timeouts.Transaction)
	defer cancel()
	if conn, err = d.pool.Acquire(ctx); err != nil {
		return nil, nil, err
	}
	if err = ctx.Err(); err == nil { // as in inTx
		tx, err = conn.Begin(ctx)
	}
	if err != nil {
		conn.Release()
	}
	return conn, tx, err
}

// rollback ends a transaction that is neither committed nor rolled back, also
// when ctx is done. The connection is closed when that fails.
func rollback(ctx context.Context, tx pgx.Tx, timeout time.Duration) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	defer cancel()
	_ = tx.Rollback(ctx)
}
