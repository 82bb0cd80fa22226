// Package db provides the access to PostgreSQL: the pool, timeouts, transactions,
// migrations, the check of the shared tables, and the translation of the driver's
// errors. The package sqlc contains the queries, generated from the folder queries.
package db

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	pgxuuid "github.com/vgarvardt/pgx-google-uuid/v5"
)

const (
	connectTimeout     = 1500 * time.Millisecond
	defaultConnections = 8
	// Migrate needs a connection beside the one that holds its lock.
	minConnections = 2

	statementTimeout = "5s"
	lockTimeout      = "3s"
	idleInTxTimeout  = "10s"
)

// sessionDefaults are the settings of a session that the connection string may
// override.
var sessionDefaults = []string{
	"application_name=profile-server",
	"statement_timeout=" + statementTimeout,
	"lock_timeout=" + lockTimeout,
	"idle_in_transaction_session_timeout=" + idleInTxTimeout,
	// The plans of these statements do not depend on the values. By default PostgreSQL
	// plans a statement with a list of keys for each execution, which takes longer
	// than the execution.
	"plan_cache_mode=force_generic_plan",
	// The data is small and in memory, so the planner should prefer an index to a
	// sequential scan.
	"random_page_cost=1.1",
}

// NewPool returns a pool for a connection string or URL and does not connect yet.
// Parameters of the string (timeouts, pool_max_conns, application_name), also those
// in its options, override the defaults here. It fails for a query mode that does not
// work with the queries.
func NewPool(ctx context.Context, url string) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("parse the connection string: %w", err)
	}
	switch cfg.ConnConfig.DefaultQueryExecMode {
	case pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol: // they send every value as text of a guessed type
		return nil, errors.New("default_query_exec_mode must be cache_statement, cache_describe or describe_exec")
	}
	least := int32(defaultConnections) // the driver's default depends on the number of CPUs
	// pgx keeps the parameters that pgxpool removes, also those of a service file.
	if all, err := pgx.ParseConfig(url); err == nil && all.RuntimeParams["pool_max_conns"] != "" {
		least = minConnections
	}
	cfg.MaxConns = max(cfg.MaxConns, least)
	if cfg.ConnConfig.ConnectTimeout == 0 || cfg.ConnConfig.ConnectTimeout > connectTimeout {
		cfg.ConnConfig.ConnectTimeout = connectTimeout
	}
	setParameters(cfg.ConnConfig.RuntimeParams)
	cfg.ConnConfig.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler { return cancelAtDeadline{c.Conn()} }
	cfg.AfterConnect = registerTypes
	return pgxpool.NewWithConfig(ctx, cfg)
}

// setParameters adds the settings of a session to those of the connection string, in
// options, so that a pooler has to ignore one startup parameter only. PostgreSQL applies
// options from left to right, and then the other parameters.
func setParameters(params map[string]string) {
	var options strings.Builder
	for _, option := range sessionDefaults {
		_, _ = options.WriteString("-c " + option + " ")
	}
	params["options"] = options.String() + params["options"]
	// The transactions are written for this isolation level, and the driver sends and
	// reads UTF-8. The role or the database may have other defaults.
	override(params, "default_transaction_isolation", `read\ committed`)
	params["client_encoding"] = "UTF8" // every pooler knows it
}

// override appends an option to those of a session, and removes the parameter that would
// take precedence.
func override(params map[string]string, name, value string) {
	maps.DeleteFunc(params, func(param, _ string) bool { return strings.EqualFold(param, name) })
	params["options"] += " -c " + name + "=" + value
}

// ClosePool closes a pool and reports whether that ended within the timeout. An
// unresponsive database can keep connections in use for longer.
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

// registerTypes makes the driver return times in UTC, not in the machine's zone, and
// decode UUIDs in binary format.
func registerTypes(_ context.Context, conn *pgx.Conn) error {
	pgxuuid.Register(conn.TypeMap())
	conn.TypeMap().RegisterType(&pgtype.Type{
		Name:  "timestamptz",
		OID:   pgtype.TimestamptzOID,
		Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	return nil
}
