package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/stay-sidekick/profile-server/migrations"
)

// migrationLock is the key of the advisory lock that makes replicas which
// start together migrate one after the other.
const migrationLock = 0x70726f66696c65 // "profile"

// SharedTables names the tables of the schema public that both services use.
var SharedTables = []string{"empresas", "usuarios", "configuracion_pms", "configuracion_ia", "integraciones_google"}

// Migrate brings the database up to date: on an empty one it creates the
// shared tables; on one that has them it touches nothing of the schema public.
// The schema profile is brought to its newest version. Replicas may call it at
// the same time.
func Migrate(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	std := stdlib.OpenDBFromPool(pool)
	defer func() { _ = std.Close() }()
	conn, err := std.Conn(ctx)
	if err != nil {
		return translate(err)
	}
	defer func() { _ = conn.Close() }()
	err = underLock(ctx, conn, log, func() error {
		if err := createSharedTables(ctx, conn, log); err != nil {
			return err
		}
		if err := createProfileSchema(ctx, conn); err != nil {
			return err
		}
		return migrateProfile(ctx, pool, log)
	})
	if isDenied(err) {
		err = errors.Join(err, mayMigrate(ctx, pool))
	}
	return err
}

// underLock waits for the other replicas as long as ctx allows. The session's
// timeouts are lifted for the wait and set back before the connection goes
// back to the pool.
func underLock(ctx context.Context, conn *sql.Conn, log *slog.Logger, do func() error) error {
	const lift = "select set_config('statement_timeout', '0', false), set_config('lock_timeout', '0', false)"
	if _, err := conn.ExecContext(ctx, lift); err != nil {
		return translate(err)
	}
	if err := lock(ctx, conn, log); err != nil {
		return translate(err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), queryTimeout)
		defer cancel()
		_, _ = conn.ExecContext(ctx, "select pg_advisory_unlock($1)", migrationLock)
		_, _ = conn.ExecContext(ctx, "reset statement_timeout")
		_, _ = conn.ExecContext(ctx, "reset lock_timeout")
	}()
	return do()
}

func lock(ctx context.Context, conn *sql.Conn, log *slog.Logger) error {
	var locked bool
	err := conn.QueryRowContext(ctx, "select pg_try_advisory_lock($1)", migrationLock).Scan(&locked)
	if err != nil || locked {
		return err
	}
	log.InfoContext(ctx, "waiting for another replica, which migrates the database")
	_, err = conn.ExecContext(ctx, "select pg_advisory_lock($1)", migrationLock)
	return err
}

func createSharedTables(ctx context.Context, conn *sql.Conn, log *slog.Logger) error {
	missing, err := missingSharedTables(ctx, conn)
	if err != nil || len(missing) == 0 {
		return err
	}
	if len(missing) < len(SharedTables) {
		return fmt.Errorf("the database has some of the shared tables but not %s: bring the Python service's own migrations up to date first",
			strings.Join(missing, ", "))
	}
	if err := execInTx(ctx, conn, migrations.SharedTables); err != nil {
		return fmt.Errorf("create the shared tables: %w", err)
	}
	log.WarnContext(ctx, "the database was empty: created the shared tables; the Python service can no longer be set up on it")
	return nil
}

func missingSharedTables(ctx context.Context, conn *sql.Conn) ([]string, error) {
	var missing []string
	for _, table := range SharedTables {
		var exists bool
		err := conn.QueryRowContext(ctx, "select to_regclass('public.' || $1) is not null", table).Scan(&exists)
		if err != nil {
			return nil, translate(err)
		}
		if !exists {
			missing = append(missing, table)
		}
	}
	return missing, nil
}

func execInTx(ctx context.Context, conn *sql.Conn, script string) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return translate(err)
	}
	if _, err := tx.ExecContext(ctx, script); err != nil {
		return errors.Join(translate(err), tx.Rollback())
	}
	return translate(tx.Commit())
}

// createProfileSchema asks first, so that a role which may not create schemas
// works on a database that is prepared.
func createProfileSchema(ctx context.Context, conn *sql.Conn) error {
	var exists bool
	err := conn.QueryRowContext(ctx, "select to_regnamespace('profile') is not null").Scan(&exists)
	if err != nil || exists {
		return translate(err)
	}
	_, err = conn.ExecContext(ctx, migrations.ProfileSchema)
	return translate(err)
}

func migrateProfile(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	long := openUnbounded(pool)
	defer func() { _ = long.Close() }()
	provider, err := newProvider(long)
	if err != nil {
		return err
	}
	results, err := provider.Up(ctx)
	for _, r := range results {
		log.InfoContext(ctx, "migrated", "version", r.Source.Version, "duration", r.Duration)
	}
	return err
}

// openUnbounded opens connections of its own, like the pool's but with all the
// time that a migration may take: an index on a large audit log needs more than
// a request may. lock_timeout stays, since whoever waits for a lock on a table
// holds up everybody who comes after.
func openUnbounded(pool *pgxpool.Pool) *sql.DB {
	cfg := pool.Config().ConnConfig
	cfg.RuntimeParams["statement_timeout"] = "0"
	cfg.RuntimeParams["idle_in_transaction_session_timeout"] = "0"
	return stdlib.OpenDB(*cfg)
}

const versionTable = "profile.goose_db_version"

func newProvider(std *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations.Profile, "profile")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, std, files, goose.WithTableName(versionTable))
}
