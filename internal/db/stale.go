package db

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
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
