package db

import (
	"context"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// timeoutDBTX runs the generated queries. It gives each statement a timeout and
// translates its errors.
type timeoutDBTX struct {
	on      sqlc.DBTX
	timeout time.Duration // 0 for none
}

// withTimeout is context.WithTimeout, but 0 means no timeout.
func withTimeout(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	if timeout == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, timeout)
}

func (d *timeoutDBTX) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	ctx, cancel := withTimeout(ctx, d.timeout)
	defer cancel()
	tag, err := d.on.Exec(ctx, sql, args...)
	return tag, translate(err)
}

func (d *timeoutDBTX) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	ctx, cancel := withTimeout(ctx, d.timeout)
	return &timeoutRow{Row: d.on.QueryRow(ctx, sql, args...), cancel: cancel}
}

func (d *timeoutDBTX) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	ctx, cancel := withTimeout(ctx, d.timeout)
	rows, err := d.on.Query(ctx, sql, args...)
	if err != nil {
		cancel()
		return nil, translate(err)
	}
	return &timeoutRows{Rows: rows, cancel: cancel}, nil
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

// timeoutRow releases its statement's timeout when it is scanned.
type timeoutRow struct {
	pgx.Row
	cancel func()
}

func (r *timeoutRow) Scan(dest ...any) error {
	defer r.cancel()
	return translate(r.Row.Scan(dest...))
}

// timeoutRows releases its statement's timeout when it is closed.
type timeoutRows struct {
	pgx.Rows
	cancel func()
}

func (r *timeoutRows) Close() {
	r.Rows.Close()
	r.cancel()
}

func (r *timeoutRows) Scan(dest ...any) error { return translate(r.Rows.Scan(dest...)) }

func (r *timeoutRows) Err() error { return translate(r.Rows.Err()) }
