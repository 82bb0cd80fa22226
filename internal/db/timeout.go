package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// timeoutDBTX gives every statement a deadline and translates every error. It is
// what the generated queries run on outside of transactions.
type timeoutDBTX struct {
	on      sqlc.DBTX
	timeout time.Duration
}

func (d *timeoutDBTX) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	tag, err := d.on.Exec(ctx, sql, args...)
	return tag, translate(err)
}

func (d *timeoutDBTX) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	return &timeoutRow{Row: d.on.QueryRow(ctx, sql, args...), end: cancel}
}

func (d *timeoutDBTX) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	rows, err := d.on.Query(ctx, sql, args...)
	if err != nil {
		cancel()
		return nil, translate(err)
	}
	return &timeoutRows{Rows: rows, end: cancel}, nil
}

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
