package db

import (
	"context"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// statements runs the generated queries: on any connection of the pool, where it
// repeats a stale statement, or in a transaction. It gives each statement a timeout and
// translates its errors.
type statements struct {
	pool    *pgxpool.Pool
	tx      pgx.Tx        // nil outside a transaction
	timeout time.Duration // 0 for none
}

// withTimeout is context.WithTimeout, but 0 means no timeout.
func withTimeout(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	if timeout == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, timeout)
}

// run calls do with a connection. The caller calls release, also after an error, when it
// has read the result of the statement.
func (s *statements) run(ctx context.Context, do func(ctx context.Context, on sqlc.DBTX) error) (release func(), err error) {
	ctx, cancel := withTimeout(ctx, s.timeout)
	if s.tx != nil {
		return cancel, translate(do(ctx, s.tx))
	}
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return cancel, translate(err)
	}
	err = repeatStale(ctx, conn.Conn(), func() error { return do(ctx, conn) })
	return func() { conn.Release(); cancel() }, translate(err)
}

func (s *statements) Exec(ctx context.Context, sql string, args ...any) (tag pgconn.CommandTag, err error) {
	release, err := s.run(ctx, func(ctx context.Context, on sqlc.DBTX) (err error) {
		tag, err = on.Exec(ctx, sql, args...)
		return err
	})
	release()
	return tag, err
}

func (s *statements) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	r := &rows{}
	var err error
	r.release, err = s.run(ctx, func(ctx context.Context, on sqlc.DBTX) (err error) {
		if r.Rows, err = on.Query(ctx, sql, args...); err != nil {
			return err
		}
		r.first, r.pending = r.Rows.Next(), true
		return r.Rows.Err()
	})
	if err != nil {
		r.release()
		return nil, err
	}
	return r, nil
}

func (s *statements) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	rows, err := s.Query(ctx, sql, args...)
	return row{rows, err}
}

// rows has read ahead to the first row, because only that reveals a stale statement.
type rows struct {
	pgx.Rows
	release func()
	// pending reports that Next has not been called; first is its result.
	pending, first bool
}

func (r *rows) Next() bool {
	if r.pending {
		r.pending = false
		return r.first
	}
	return r.Rows.Next()
}

func (r *rows) Close() {
	r.Rows.Close()
	r.release()
}

func (r *rows) Err() error { return translate(r.Rows.Err()) }

// row is the first row of rows, or an error.
type row struct {
	rows pgx.Rows
	err  error
}

func (r row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		return ErrNotFound // Query has returned any error of the first row
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	r.rows.Close()
	return r.rows.Err()
}

// cancelAtDeadline lets a statement whose context is cancelled run until the deadline
// of that context. The driver's default handler would close the connection, and open
// another one to cancel the statement, for each client that disconnects. A statement
// without a deadline, as in migrations, is cancelled immediately.
type cancelAtDeadline struct{ conn net.Conn }

// HandleCancel implements ctxwatch.Handler. It is called when the context is done.
func (c cancelAtDeadline) HandleCancel(ctx context.Context) {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now()
	}
	_ = c.conn.SetDeadline(deadline) // fails only on a closed connection
}

// HandleUnwatchAfterCancel implements ctxwatch.Handler. It is called when the
// statement has ended.
func (c cancelAtDeadline) HandleUnwatchAfterCancel() { _ = c.conn.SetDeadline(time.Time{}) }
