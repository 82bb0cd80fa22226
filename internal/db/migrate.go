package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/migrations"
)

// migrationLock is the key of the advisory lock that serializes the migrations of
// replicas that start at the same time.
const migrationLock = 0x70726f66696c65 // "profile"

// Migrate migrates the schema profile to its newest version. On an empty database it
// also creates the shared tables; on a database that has them it does not change the
// schema public; it fails on any other database. Replicas may call it concurrently.
func Migrate(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	err := withLock(ctx, pool, log, func() error {
		on := &statements{pool: pool}
		if err := createSharedTables(ctx, on, log); err != nil {
			return err
		}
		if err := createProfileSchema(ctx, on); err != nil {
			return err
		}
		return migrateProfile(ctx, pool, log)
	})
	if isInsufficientPrivilege(err) {
		err = errors.Join(err, checkMigrationPrivileges(ctx, pool))
	}
	return err
}

// withLock calls do while it holds the lock, for which it waits until ctx is
// cancelled. A transaction of its own holds the lock and disables its timeouts: both
// end with the transaction, and it also works behind a pooler, which may run the
// next statement in another session.
func withLock(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger, do func() error) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return translate(err)
	}
	defer rollback(ctx, tx, DefaultTimeouts.Rollback)
	if err := lock(ctx, tx, log); err != nil {
		return translate(err)
	}
	return do()
}

func lock(ctx context.Context, tx pgx.Tx, log *slog.Logger) error {
	_, err := tx.Exec(ctx, `select set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true),
		set_config('idle_in_transaction_session_timeout', '0', true)`)
	if err != nil {
		return err
	}
	var locked bool
	err = tx.QueryRow(ctx, "select pg_try_advisory_xact_lock($1)", migrationLock).Scan(&locked)
	if err != nil || locked {
		return err
	}
	log.InfoContext(ctx, "waiting for another replica that is migrating the database")
	_, err = tx.Exec(ctx, "select pg_advisory_xact_lock($1)", migrationLock)
	return err
}

func createSharedTables(ctx context.Context, on *statements, log *slog.Logger) error {
	found, err := sqlc.New(on).SharedColumns(ctx, SharedTableNames())
	if err != nil {
		return err
	}
	missing := slices.DeleteFunc(SharedTableNames(), func(name string) bool {
		return slices.ContainsFunc(found, func(column sqlc.SharedColumnsRow) bool { return column.TableName == name })
	})
	if len(missing) == 0 {
		return nil
	}
	var empty bool
	if err := on.QueryRow(ctx, publicIsEmpty).Scan(&empty); err != nil {
		return err
	}
	if !empty {
		return fmt.Errorf("the database has tables in its schema public, but lacks %s: if it is the right database, "+
			"run the Python service's own migrations first", strings.Join(missing, ", "))
	}
	if _, err := on.Exec(ctx, migrations.CreateSharedTables); err != nil { // one implicit transaction
		return fmt.Errorf("create the shared tables: %w", err)
	}
	log.WarnContext(ctx, "the database was empty: created the shared tables; the Python service can no longer be set up on it")
	return nil
}

// publicIsEmpty ignores the tables of extensions.
const publicIsEmpty = `
	select not exists (
		select from pg_class c
		where c.relnamespace = to_regnamespace('public') and c.relkind in ('r', 'p')
			and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
	)`

// createProfileSchema runs no CREATE SCHEMA when the schema exists, so that a role
// without that privilege can use a prepared database.
func createProfileSchema(ctx context.Context, on *statements) error {
	var exists bool
	err := on.QueryRow(ctx, "select to_regnamespace('profile') is not null").Scan(&exists)
	if err == nil && !exists {
		_, err = on.Exec(ctx, migrations.ProfileSchema)
	}
	return err
}

func migrateProfile(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	std := openWithoutTimeouts(pool)
	defer func() { _ = std.Close() }()
	provider, err := newProvider(std)
	if err != nil {
		return err
	}
	results, err := provider.Up(ctx)
	for _, r := range results {
		log.InfoContext(ctx, "migrated", "version", r.Source.Version, "duration", r.Duration)
	}
	return err
}

// openWithoutTimeouts opens connections like those of the pool, but without the
// timeouts that a migration may exceed, such as an index on a large audit log.
// lock_timeout stays, because a statement that waits for a table lock blocks every
// later statement on the table.
func openWithoutTimeouts(pool *pgxpool.Pool) *sql.DB {
	cfg := pool.Config().ConnConfig
	override(cfg.RuntimeParams, "statement_timeout", "0")
	override(cfg.RuntimeParams, "idle_in_transaction_session_timeout", "0")
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

// MigrationPending reports whether Migrate would change the schema profile. It fails
// when Migrate would lack a privilege, which the error names. It changes nothing.
func MigrationPending(ctx context.Context, pool *pgxpool.Pool) (bool, error) {
	var exists bool
	err := (&statements{pool: pool}).QueryRow(ctx, "select to_regclass($1::text) is not null", versionTable).Scan(&exists)
	if err != nil {
		return false, err
	}
	if exists {
		std := stdlib.OpenDBFromPool(pool)
		defer func() { _ = std.Close() }()
		provider, err := newProvider(std)
		if err != nil {
			return false, err
		}
		if pending, err := provider.HasPending(ctx); err != nil || !pending {
			return false, translate(err)
		}
	}
	return true, checkMigrationPrivileges(ctx, pool)
}

func checkMigrationPrivileges(ctx context.Context, pool *pgxpool.Pool) error {
	var allowed bool
	var role, database string
	err := (&statements{pool: pool}).QueryRow(ctx, `
		select case when to_regnamespace('profile') is null then has_database_privilege(current_database(), 'create')
				else has_schema_privilege('profile', 'create') end,
			quote_ident(current_user), quote_ident(current_database())`).Scan(&allowed, &role, &database)
	if err != nil || allowed {
		return err
	}
	return fmt.Errorf("the role %[1]s lacks the privilege to create this service's own tables: as the owner of the database %[2]s, run on it "+
		"create schema if not exists profile; grant usage, create on schema profile to %[1]s", role, database)
}
