package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// bounded gives every statement a deadline and translates every error. It is
// what the generated queries run on outside of transactions.
type bounded struct {
	on     sqlc.DBTX
	within time.Duration
}

func (b *bounded) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	ctx, cancel := context.WithTimeout(ctx, b.within)
	defer cancel()
	tag, err := b.on.Exec(ctx, sql, args...)
	return tag, translate(err)
}

func (b *bounded) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	ctx, cancel := context.WithTimeout(ctx, b.within)
	return &boundedRow{Row: b.on.QueryRow(ctx, sql, args...), end: cancel}
}

func (b *bounded) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	ctx, cancel := context.WithTimeout(ctx, b.within)
	rows, err := b.on.Query(ctx, sql, args...)
	if err != nil {
		cancel()
		return nil, translate(err)
	}
	return &boundedRows{Rows: rows, end: cancel}, nil
}

// boundedRow ends its statement's deadline when it is scanned.
type boundedRow struct {
	pgx.Row
	end func()
}

func (r *boundedRow) Scan(dest ...any) error {
	defer r.end()
	return translate(r.Row.Scan(dest...))
}

// boundedRows ends its statement's deadline when it is closed.
type boundedRows struct {
	pgx.Rows
	end func()
}

func (r *boundedRows) Close() {
	r.Rows.Close()
	r.end()
}

func (r *boundedRows) Scan(dest ...any) error { return translate(r.Rows.Scan(dest...)) }

func (r *boundedRows) Err() error { return translate(r.Rows.Err()) }
