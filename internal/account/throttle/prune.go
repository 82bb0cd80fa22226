package throttle

import (
	"context"
	"time"

	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

const (
	// PruneInterval is the time between two prunes of a replica.
	PruneInterval = time.Minute
	// pruneBatch is the number of counters that a statement deletes.
	pruneBatch = 1000
)

// PruneRegularly deletes expired counters, at once and then at each interval, until
// ctx ends. Several replicas may run it concurrently.
func (t *Throttle) PruneRegularly(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		t.prune(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// prune ignores errors, because the next prune deletes the rest.
func (t *Throttle) prune(ctx context.Context) {
	for {
		rows, err := t.db.Queries().AttemptsPrune(ctx, sqlc.AttemptsPruneParams{FreeBefore: t.now().Add(-2 * window), MaxRows: pruneBatch})
		if err != nil || rows < pruneBatch {
			return
		}
	}
}
