package throttle

import (
	"context"
	"time"

	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

const (
	// PruneInterval is how often a replica prunes.
	PruneInterval = time.Minute
	// pruneBatch is how many counts a statement deletes.
	pruneBatch = 1000
)

// PruneRegularly forgets counts that no longer matter, at once and then again and
// again until ctx ends. Replicas may do so at the same time.
func (t *Throttle) PruneRegularly(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
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

// prune is nobody's failure when it fails: the next one goes on.
func (t *Throttle) prune(ctx context.Context) {
	for {
		rows, err := t.db.Queries().AttemptsPrune(ctx, sqlc.AttemptsPruneParams{FreeBefore: t.now().Add(-2 * window), Most: pruneBatch})
		if err != nil || rows < pruneBatch {
			return
		}
	}
}
