package audit

import (
	"context"
	"time"

	"github.com/stay-sidekick/profile-server/internal/account/throttle"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

const (
	// UnknownAccountRetention is the longest that refused sign-ins to accounts
	// which do not exist are kept. Anybody can make them, and they concern no
	// company.
	UnknownAccountRetention = 30 * 24 * time.Hour
	// pruneBatch is how many entries a transaction deletes.
	pruneBatch = 1000
)

// Pruned is how many entries Prune has deleted.
type Pruned struct {
	Old             int64 // those that were too old for any entry
	UnknownAccounts int64 // younger ones, of sign-ins to accounts that do not exist
}

// Prune deletes the entries that are older than retention, and refused sign-ins
// to unknown accounts that are older than UnknownAccountRetention, some at a
// time. What else is kept of users and companies that are gone goes too, and so do
// addresses that are no longer known. It can be stopped and run again; what it
// returns has been deleted also when it fails.
func Prune(ctx context.Context, d *db.DB, now time.Time, retention time.Duration) (deleted Pruned, err error) {
	deleted.Old, err = inBatches(ctx, d, func(q *sqlc.Queries) (int64, error) {
		return q.AuditPrune(ctx, sqlc.AuditPruneParams{OlderThan: now.Add(-retention), Most: pruneBatch})
	})
	if err != nil {
		return deleted, err
	}
	deleted.UnknownAccounts, err = inBatches(ctx, d, func(q *sqlc.Queries) (int64, error) {
		return q.AuditPruneUnknownAccounts(ctx, sqlc.AuditPruneUnknownAccountsParams{OlderThan: now.Add(-UnknownAccountRetention), Most: pruneBatch})
	})
	if err != nil {
		return deleted, err
	}
	_, err = inBatches(ctx, d, func(q *sqlc.Queries) (int64, error) {
		return q.KnownAddressesPrune(ctx, sqlc.KnownAddressesPruneParams{Before: now.Add(-throttle.KnownAddressLife), Most: pruneBatch})
	})
	if err != nil {
		return deleted, err
	}
	return deleted, d.InLongTx(ctx, func(q *sqlc.Queries) error { return q.LeftoversDelete(ctx) })
}

// inBatches runs prune, each time in a transaction of its own that may delete
// entries, until it finds less than it may delete.
func inBatches(ctx context.Context, d *db.DB, prune func(*sqlc.Queries) (int64, error)) (deleted int64, err error) {
	for {
		var rows int64
		err := d.InTx(ctx, func(q *sqlc.Queries) (err error) {
			if err := q.AuditPruneAllow(ctx); err != nil {
				return err
			}
			rows, err = prune(q)
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
