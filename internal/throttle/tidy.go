package throttle

import (
	"context"
	"time"

	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

const (
	// TidyEvery is how often a replica tidies up.
	TidyEvery = time.Minute
	// tidyBatch is how many counts a statement deletes.
	tidyBatch = 1000
)

// KeepTidy forgets counts that no longer matter, at once and then again and
// again until ctx ends.
// Replicas may do so at the same time.
func (t *Throttle) KeepTidy(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		t.tidy(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// tidy is nobody's failure when it fails: the next one goes on.
func (t *Throttle) tidy(ctx context.Context) {
	for {
		rows, err := t.db.Queries().AttemptsPrune(ctx, sqlc.AttemptsPruneParams{FreeBefore: t.now().Add(-2 * memory), Most: tidyBatch})
		if err != nil || rows < tidyBatch {
			return
		}
	}
}
