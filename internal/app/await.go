package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/db"
)

const (
	databaseTimeout = 30 * time.Second
	databaseRetry   = 500 * time.Millisecond
)

// awaitDatabase waits until the database is available, at most for timeout. It logs
// the wait once. It fails at once with an error that waiting does not remove, such as a
// wrong password.
func awaitDatabase(ctx context.Context, pool *pgxpool.Pool, timeout time.Duration, log *slog.Logger) error {
	deadline := time.Now().Add(timeout)
	for logged := false; ; logged = true {
		err := ping(ctx, pool)
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		if !db.IsTransient(err) {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the database does not respond after %s: %w", timeout, err)
		}
		if !logged {
			log.WarnContext(ctx, "waiting for the database", "atMost", timeout.String(), "reason", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(databaseRetry):
		}
	}
}

func ping(ctx context.Context, pool *pgxpool.Pool) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return pool.Ping(ctx)
}
