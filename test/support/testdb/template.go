package testdb

import (
	"context"
	_ "embed"
	"fmt"
	"log/slog"
	"sync"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/db"
)

//go:embed alembic.sql
var alembicSQL string

// templates creates the template database of each shape once.
var templates = map[Shape]func() error{
	Own:        sync.OnceValue(func() error { return makeTemplate(Own) }),
	Alembic:    sync.OnceValue(func() error { return makeTemplate(Alembic) }),
	Empty:      sync.OnceValue(func() error { return makeTemplate(Empty) }),
	Unmigrated: sync.OnceValue(func() error { return makeTemplate(Unmigrated) }),
}

// templateOf returns the name of the template database of a shape.
func templateOf(shape Shape) (string, error) {
	if err := start(); err != nil {
		return "", err
	}
	made, ok := templates[shape]
	if !ok {
		return "", fmt.Errorf("testdb: no shape %q", shape)
	}
	return templateName(shape), made()
}

func templateName(shape Shape) string { return "template_" + string(shape) }

func makeTemplate(shape Shape) error {
	ctx := context.Background()
	name := templateName(shape)
	if _, err := admin.Exec(ctx, "create database "+name); err != nil {
		return err
	}
	return build(ctx, server.DatabaseURL(name), shape)
}

// build creates the tables of a shape in an empty database and closes all
// connections to it.
func build(ctx context.Context, url string, shape Shape) error {
	pool, err := open(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := fill(ctx, pool, shape); err != nil {
		return fmt.Errorf("create a database of shape %s: %w", shape, err)
	}
	return nil
}

func fill(ctx context.Context, pool *pgxpool.Pool, shape Shape) error {
	if shape == Alembic || shape == Unmigrated {
		if _, err := pool.Exec(ctx, alembicSQL); err != nil {
			return err
		}
	}
	if shape == Empty || shape == Unmigrated {
		return nil
	}
	return db.Migrate(ctx, pool, slog.New(slog.DiscardHandler))
}
