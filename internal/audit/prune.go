package audit

import (
	"context"
	"time"

	"github.com/stay-sidekick/profile-server/internal/account/throttle"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

const (
	// UnknownAccountRetention is the maximum retention of refused sign-ins to
	// unknown accounts. Any client can cause such entries, and they belong to no
	// company.
	UnknownAccountRetention = 30 * 24 * time.Hour
	// pruneBatch is the number of rows that a transaction deletes.
	pruneBatch = 1000
)

// Pruned counts the entries that Prune has deleted.
type Pruned struct {
	Old             int64 // entries older than the retention
	UnknownAccounts int64 // refused sign-ins to unknown accounts, younger than the retention
}

// Prune deletes entries older than retention and refused sign-ins to unknown
// accounts older than UnknownAccountRetention, in batches. It also deletes expired
// known addresses, the rows of deleted users and companies, and what was stored for
// API keys that the Python service replaced. It can be interrupted and repeated; the
// returned counts are also correct when it fails.
func Prune(ctx context.Context, d *db.DB, now time.Time, retention time.Duration) (deleted Pruned, err error) {
	deleted.Old, err = inBatches(ctx, d, func(q *sqlc.Queries) (int64, error) {
		return q.AuditPrune(ctx, sqlc.AuditPruneParams{OlderThan: now.Add(-retention), MaxRows: pruneBatch})
	})
	if err != nil {
		return deleted, err
	}
	deleted.UnknownAccounts, err = inBatches(ctx, d, func(q *sqlc.Queries) (int64, error) {
		return q.AuditPruneUnknownAccounts(ctx, sqlc.AuditPruneUnknownAccountsParams{OlderThan: now.Add(-UnknownAccountRetention), MaxRows: pruneBatch})
	})
	if err != nil {
		return deleted, err
	}
	_, err = inBatches(ctx, d, func(q *sqlc.Queries) (int64, error) {
		return q.KnownAddressesPrune(ctx, sqlc.KnownAddressesPruneParams{Before: now.Add(-throttle.KnownAddressLife), MaxRows: pruneBatch})
	})
	if err != nil {
		return deleted, err
	}
	for _, remove := range []func(*sqlc.Queries, context.Context) error{
		(*sqlc.Queries).OrphansDelete, (*sqlc.Queries).ReplacedCredentialsDelete, (*sqlc.Queries).ReplacedChecksDelete,
	} {
		if err := d.InLongTx(ctx, func(q *sqlc.Queries) error { return remove(q, ctx) }); err != nil {
			return deleted, err
		}
	}
	return deleted, nil
}

// inBatches runs prune in transactions that may delete entries, until one deletes
// less than a batch. It returns the number of deleted rows.
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
