package db

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// maxRepeats is the number of times that work is repeated after its prepared
// statements have become stale.
const maxRepeats = 3

// repeatStale calls work, which runs statements on a connection. When one of them
// fails because the columns of a table have changed since it was prepared, repeatStale
// discards the connection's prepared statements and calls work again. The failed
// statement has had no effect.
func repeatStale(ctx context.Context, conn *pgx.Conn, work func() error) error {
	for range maxRepeats {
		err := work()
		if !isStale(err) {
			return err
		}
		if conn.DeallocateAll(ctx) != nil {
			_ = conn.Close(ctx) // the driver assumes that the statements are gone
			return err
		}
	}
	return work()
}

// isStale reports whether a prepared statement would return other columns than when it
// was prepared: "cached plan must not change result type".
func isStale(err error) bool {
	server, ok := errors.AsType[*pgconn.PgError](err)
	return ok && server.Code == staleStatement
}

// poolDBTX runs each statement on any connection of the pool, and repeats it when it
// is stale.
type poolDBTX struct{ pool *pgxpool.Pool }

func (p poolDBTX) Exec(ctx context.Context, sql string, args ...any) (tag pgconn.CommandTag, err error) {
	conn, err := p.pool.Acquire(ctx)
	if err != nil {
		return tag, err
	}
	defer conn.Release()
	err = repeatStale(ctx, conn.Conn(), func() (err error) {
		tag, err = conn.Exec(ctx, sql, args...)
		return err
	})
	return tag, err
}

func (p poolDBTX) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	conn, err := p.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	result := &poolRows{conn: conn}
	err = repeatStale(ctx, conn.Conn(), func() error {
		if result.Rows, err = conn.Query(ctx, sql, args...); err != nil {
			return err
		}
		result.first, result.pending = result.Rows.Next(), true
		return result.Rows.Err()
	})
	if err != nil {
		conn.Release()
		return nil, err
	}
	return result, nil
}

func (p poolDBTX) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	rows, err := p.Query(ctx, sql, args...)
	return poolRow{rows, err}
}

// poolRows has read ahead to the first row, because only that reveals a stale
// statement. It releases its connection when it is closed.
type poolRows struct {
	pgx.Rows
	conn *pgxpool.Conn
	// pending reports that Next has not been called; first is its result.
	pending, first bool
}

func (r *poolRows) Next() bool {
	if r.pending {
		r.pending = false
		return r.first
	}
	return r.Rows.Next()
}

func (r *poolRows) Close() {
	r.Rows.Close()
	r.conn.Release()
}

// poolRow is the first row of rows, or an error.
type poolRow struct {
	rows pgx.Rows
	err  error
}

func (r poolRow) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		return pgx.ErrNoRows // Query has returned any error of the first row
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	r.rows.Close()
	return r.rows.Err()
}
