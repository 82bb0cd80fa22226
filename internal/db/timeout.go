package db

import (
	"context"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// timeoutDBTX gives every statement a deadline and translates every error. It is
// what the generated queries run on.
type timeoutDBTX struct {
	on      sqlc.DBTX
	timeout time.Duration // 0 for none
}

// withTimeout is context.WithTimeout, except that 0 is no timeout.
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
	return &timeoutRow{Row: d.on.QueryRow(ctx, sql, args...), end: cancel}
}

func (d *timeoutDBTX) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	ctx, cancel := withTimeout(ctx, d.timeout)
	rows, err := d.on.Query(ctx, sql, args...)
	if err != nil {
		cancel()
		return nil, translate(err)
	}
	return &timeoutRows{Rows: rows, end: cancel}, nil
}

// untilDeadline lets a statement whose context is cancelled run until the
// deadline of that context. The driver's own handler closes the connection, and
// opens another one to cancel the statement, for each client that disconnects.
// A statement without a deadline, as in migrations, ends at once.
type untilDeadline struct{ conn net.Conn }

// HandleCancel is called when the context is cancelled or its deadline is over.
func (u untilDeadline) HandleCancel(ctx context.Context) {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now()
	}
	_ = u.conn.SetDeadline(deadline) // fails on a closed connection only
}

// HandleUnwatchAfterCancel is called when the statement has ended.
func (u untilDeadline) HandleUnwatchAfterCancel() { _ = u.conn.SetDeadline(time.Time{}) }

// timeoutRow ends its statement's deadline when it is scanned.
type timeoutRow struct {
	pgx.Row
	end func()
}

func (r *timeoutRow) Scan(dest ...any) error {
	defer r.end()
	return translate(r.Row.Scan(dest...))
}

// timeoutRows ends its statement's deadline when it is closed.
type timeoutRows struct {
	pgx.Rows
	end func()
}

func (r *timeoutRows) Close() {
	r.Rows.Close()
	r.end()
}

func (r *timeoutRows) Scan(dest ...any) error { return translate(r.Rows.Scan(dest...)) }

func (r *timeoutRows) Err() error { return translate(r.Rows.Err()) }
