package audit

import (
	"context"
	"time"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// pruneBatch is how many entries a transaction deletes.
const pruneBatch = 1000

// Prune deletes the entries older than the given moment, some at a time, and
// returns how many. It can be stopped and run again.
func Prune(ctx context.Context, d *db.DB, olderThan time.Time) (deleted int64, err error) {
	for {
		var rows int64
		err := d.InTx(ctx, func(q *sqlc.Queries) (err error) {
			if err := q.AuditPruneAllow(ctx); err != nil {
				return err
			}
			rows, err = q.AuditPrune(ctx, sqlc.AuditPruneParams{OlderThan: olderThan, Most: pruneBatch})
			return err
		})
		if err != nil {
			return deleted, err
		}
		deleted += rows
		if rows < pruneBatch {
			return deleted, nil
		}
	}
}
