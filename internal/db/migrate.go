package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/stay-sidekick/profile-server/migrations"
)

// migrationLock is the key of the advisory lock that makes replicas which
// start together migrate one after the other.
const migrationLock = 0x70726f66696c65 // "profile"

// Migrate brings the database up to date: on an empty one it creates the
// shared tables; on one that has them it touches nothing of the schema public;
// any other one it refuses. The schema profile is brought to its newest
// version. Replicas may call it at the same time.
func Migrate(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	err := underLock(ctx, pool, log, func() error {
		if err := createSharedTables(ctx, pool, log); err != nil {
			return err
		}
		if err := createProfileSchema(ctx, pool); err != nil {
			return err
		}
		return migrateProfile(ctx, pool, log)
	})
	if isDenied(err) {
		err = errors.Join(err, mayMigrate(ctx, pool))
	}
	return err
}

// underLock waits for the other replicas as long as ctx allows. A transaction
// that does nothing else holds the lock, and lifts the timeouts for itself: when
// it ends, however it ends, nothing of that is left in the session. It works
// behind a pooler too, which may give the next statement another session.
func underLock(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger, do func() error) error {
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
	log.InfoContext(ctx, "waiting for another replica, which migrates the database")
	_, err = tx.Exec(ctx, "select pg_advisory_xact_lock($1)", migrationLock)
	return err
}

func createSharedTables(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	missing, err := missingSharedTables(ctx, pool)
	if err != nil || len(missing) == 0 {
		return err
	}
	var empty bool
	if err := pool.QueryRow(ctx, publicIsEmpty).Scan(&empty); err != nil {
		return translate(err)
	}
	if !empty {
		return fmt.Errorf("the database has tables in its schema public, but not %s: if it is the right database, "+
			"bring the Python service's own migrations up to date first", strings.Join(missing, ", "))
	}
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, migrations.CreateSharedTables)
		return err
	})
	if err != nil {
		return fmt.Errorf("create the shared tables: %w", translate(err))
	}
	log.WarnContext(ctx, "the database was empty: created the shared tables; the Python service can no longer be set up on it")
	return nil
}

// publicIsEmpty counts no table that an extension brought along.
const publicIsEmpty = `
	select not exists (
		select from pg_class c
		where c.relnamespace = to_regnamespace('public') and c.relkind in ('r', 'p')
			and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
	)`

func missingSharedTables(ctx context.Context, pool *pgxpool.Pool) ([]string, error) {
	rows, err := pool.Query(ctx, `
		select name from unnest($1::text[]) with ordinality as shared (name, place)
		where to_regclass('public.' || name) is null order by place`, SharedTableNames())
	if err != nil {
		return nil, translate(err)
	}
	missing, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return missing, translate(err)
}

// createProfileSchema asks first, so that a role which may not create schemas
// works on a database that is prepared.
func createProfileSchema(ctx context.Context, pool *pgxpool.Pool) error {
	var exists bool
	err := pool.QueryRow(ctx, "select to_regnamespace('profile') is not null").Scan(&exists)
	if err != nil || exists {
		return translate(err)
	}
	_, err = pool.Exec(ctx, migrations.ProfileSchema)
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
