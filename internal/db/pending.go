package db

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// Pending tells whether Migrate would change the schema profile. It fails when
// Migrate would for want of a right, and says which. It changes nothing.
func Pending(ctx context.Context, pool *pgxpool.Pool) (bool, error) {
	pending, err := profilePending(ctx, pool)
	if err != nil || !pending {
		return pending, translate(err)
	}
	return true, mayMigrate(ctx, pool)
}

func profilePending(ctx context.Context, pool *pgxpool.Pool) (bool, error) {
	var begun bool
	err := pool.QueryRow(ctx, "select to_regclass($1::text) is not null", versionTable).Scan(&begun)
	if err != nil || !begun {
		return true, err
	}
	std := stdlib.OpenDBFromPool(pool)
	defer func() { _ = std.Close() }()
	provider, err := newProvider(std)
	if err != nil {
		return false, err
	}
	return provider.HasPending(ctx)
}

func mayMigrate(ctx context.Context, pool *pgxpool.Pool) error {
	var may bool
	var role, database string
	err := pool.QueryRow(ctx, `
		select case when to_regnamespace('profile') is null then has_database_privilege(current_database(), 'create')
				else has_schema_privilege('profile', 'create') end,
			quote_ident(current_user), quote_ident(current_database())`).Scan(&may, &role, &database)
	if err != nil {
		return translate(err)
	}
	if !may {
		return fmt.Errorf("the role %[1]s may not make this service's own tables: as its owner, run on the database %[2]s "+
			"create schema if not exists profile; grant usage, create on schema profile to %[1]s", role, database)
	}
	return nil
}
