package db

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// InTx runs do in one transaction, which is committed when do returns nil and
// rolled back otherwise, also when do panics. The connection is held until do
// returns: nothing slow belongs in it. An Unavailable error of the commit
// leaves open whether it happened.
//
// A write (:exec) travels with the next statement that answers, or with the
// commit: its error is that statement's, or that of InTx. After an error, other
// than ErrNotFound, every statement and the commit fail with the same.
func (d *DB) InTx(ctx context.Context, do func(q *sqlc.Queries) error) error {
	return d.inTx(ctx, d.timeouts.Transaction, do)
}

// inTx is InTx with another timeout of what is sent at once, 0 for none.
func (d *DB) inTx(ctx context.Context, timeout time.Duration, do func(q *sqlc.Queries) error) error {
	conn, err := d.acquire(ctx)
	if err != nil {
		return translate(err)
	}
	defer d.giveBack(ctx, conn)
	t := begin(conn, timeout)
	if err := do(sqlc.New(t)); err != nil {
		return err
	}
	return translate(t.commit(ctx))
}

// InLongTx runs do in a transaction whose statements have no timeout, for the
// commands that look at everything. When ctx is cancelled, they end at once.
func (d *DB) InLongTx(ctx context.Context, do func(q *sqlc.Queries) error) error {
	return d.inTx(ctx, 0, func(q *sqlc.Queries) error {
		if err := q.StatementTimeoutLift(ctx); err != nil {
			return err
		}
		return do(q)
	})
}

func (d *DB) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.timeouts.Transaction)
	defer cancel()
	return d.pool.Acquire(ctx)
}

// giveBack ends a transaction that still runs, also when the caller is gone. The
// pool closes a connection in doubt.
func (d *DB) giveBack(ctx context.Context, conn *pgxpool.Conn) {
	defer conn.Release()
	if conn.Conn().PgConn().TxStatus() == outsideTx {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.timeouts.Rollback)
	defer cancel()
	_, _ = conn.Exec(ctx, "rollback")
}

// outsideTx is a connection's state in PostgreSQL's protocol (ReadyForQuery).
const outsideTx = 'I'

// transaction is what the queries of InTx run on. Its writes wait, and are sent
// together with the next statement whose answer is needed: a round trip for all.
type transaction struct {
	conn    *pgxpool.Conn
	timeout time.Duration
	waiting *pgx.Batch
	failed  error // the first error of a statement, as the driver has it
}

// begin sends nothing yet.
func begin(conn *pgxpool.Conn, timeout time.Duration) *transaction {
	t := &transaction{conn: conn, timeout: timeout, waiting: &pgx.Batch{}}
	t.waiting.Queue("begin")
	return t
}

func (t *transaction) commit(ctx context.Context) error {
	sent := t.send(ctx, "commit", nil)
	defer sent.end()
	tag, err := sent.answers.Exec()
	if err == nil && tag.String() != "COMMIT" { // PostgreSQL rolls back after an error
		return pgx.ErrTxCommitRollback
	}
	return err
}

// Exec keeps the arguments of a statement that may wait until it is sent.
func (t *transaction) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if mayWait(sql) {
		t.waiting.Queue(sql, args...)
		return pgconn.CommandTag{}, translate(ctx.Err())
	}
	sent := t.send(ctx, sql, args)
	defer sent.end()
	tag, err := sent.answers.Exec()
	return tag, translate(err)
}

func (t *transaction) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	sent := t.send(ctx, sql, args)
	return &timeoutRow{Row: sent.answers.QueryRow(), end: sent.end}
}

func (t *transaction) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	sent := t.send(ctx, sql, args)
	rows, err := sent.answers.Query()
	if err != nil {
		sent.end()
		return nil, translate(err)
	}
	return &timeoutRows{Rows: rows, end: sent.end}, nil
}

// mayWait tells a statement of which nobody asks how many rows it met, by the
// line that sqlc starts it with, such as "-- name: AuditEntryCreate :exec".
func mayWait(sql string) bool {
	name, _, _ := strings.Cut(sql, "\n")
	return strings.HasPrefix(name, "-- name: ") && strings.HasSuffix(name, " :exec")
}

// flush is what was sent together; the answer that is left is the last one's.
type flush struct {
	of      *transaction
	answers pgx.BatchResults
	cancel  context.CancelFunc
}

// send sends what waits and a statement whose answer is needed. An error of what
// waited is the answer.
func (t *transaction) send(ctx context.Context, sql string, args []any) *flush {
	cancel := func() {}
	if t.timeout > 0 {
		ctx, cancel = context.WithTimeout(ctx, t.timeout)
	}
	batch := t.waiting
	t.waiting = &pgx.Batch{}
	batch.Queue(sql, args...)
	if t.failed != nil {
		return &flush{of: t, answers: pgx.FailedBatchResults(batch, t.failed), cancel: cancel}
	}
	answers := t.conn.SendBatch(ctx, batch)
	for range batch.Len() - 1 {
		_, _ = answers.Exec() // after an error every further answer is that error
	}
	return &flush{of: t, answers: answers, cancel: cancel}
}

// end reads the rest, so that the connection can be used again.
func (f *flush) end() {
	if err := f.answers.Close(); err != nil {
		f.of.failed = err
	}
	f.cancel()
}
