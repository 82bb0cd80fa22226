// Package db is the way to PostgreSQL: the pool, its deadlines, transactions,
// migrations, and the one place that translates a driver's errors. The queries
// themselves are in the package sqlc, generated from the folder queries.
package db

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	pgxuuid "github.com/vgarvardt/pgx-google-uuid/v5"
)

const (
	connectTimeout   = 1500 * time.Millisecond
	usualConnections = 8
	// Migrate works while another connection holds its lock.
	fewestConnections = 2

	statementTimeout = "5s"
	lockTimeout      = "3s"
	idleInTxTimeout  = "10s"
)

// NewPool prepares a pool for the given connection string or URL; it does not
// connect yet. What the string says itself (timeouts, pool_max_conns,
// application_name) goes before the defaults here.
func NewPool(ctx context.Context, url string) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read the connection string: %w", err)
	}
	cfg.MaxConns = poolSize(url, cfg.MaxConns)
	if cfg.ConnConfig.ConnectTimeout == 0 || cfg.ConnConfig.ConnectTimeout > connectTimeout {
		cfg.ConnConfig.ConnectTimeout = connectTimeout
	}
	for name, value := range map[string]string{
		"application_name":                    "profile-server",
		"statement_timeout":                   statementTimeout,
		"lock_timeout":                        lockTimeout,
		"idle_in_transaction_session_timeout": idleInTxTimeout,
		// The plan of a statement does not depend on its values. Without this,
		// one with a list of keys is planned anew each time, which takes longer
		// than running it.
		"plan_cache_mode": "force_generic_plan",
		// What is read is small and in memory: a few rows are to be looked up by
		// their index, not found by reading whole tables.
		"random_page_cost": "1.1",
	} {
		if _, set := cfg.ConnConfig.RuntimeParams[name]; !set {
			cfg.ConnConfig.RuntimeParams[name] = value
		}
	}
	cfg.ConnConfig.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler { return untilDeadline{c.Conn()} }
	cfg.AfterConnect = registerTypes
	return pgxpool.NewWithConfig(ctx, cfg)
}

// ClosePool closes a pool, and reports whether that was done in time. After that
// it waits no longer for connections in use, which a database that has fallen
// silent may keep.
func ClosePool(pool *pgxpool.Pool, timeout time.Duration) (inTime bool) {
	closed := make(chan struct{})
	go func() {
		pool.Close()
		close(closed)
	}()
	select {
	case <-closed:
		return true
	case <-time.After(timeout):
		return false
	}
}

// poolSize replaces the driver's default, which is small on a small machine.
func poolSize(url string, parsed int32) int32 {
	cfg, err := pgx.ParseConfig(url) // keeps what pgxpool's own parser takes out
	if err == nil && cfg.RuntimeParams["pool_max_conns"] != "" {
		return max(parsed, fewestConnections)
	}
	return max(parsed, usualConnections)
}

// registerTypes reads times in UTC, where the driver's default is the machine's
// zone, and ids without a detour over their text.
func registerTypes(_ context.Context, conn *pgx.Conn) error {
	pgxuuid.Register(conn.TypeMap())
	conn.TypeMap().RegisterType(&pgtype.Type{
		Name:  "timestamptz",
		OID:   pgtype.TimestamptzOID,
		Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	return nil
}
