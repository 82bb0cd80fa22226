// Package rotation encrypts the stored tokens anew, so that an old key can go.
package rotation

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/internal/secret"
)

// batch is how many rows a transaction locks.
const batch = 100

// Count is what became of the tokens of one column.
type Count struct {
	Column string
	// Current were under the primary key already, Rotated are now.
	Current, Rotated int
	// Broken names the rows whose token no key opens.
	Broken []string
}

// Seen is the number of tokens that were looked at.
func (c Count) Seen() int { return c.Current + c.Rotated + len(c.Broken) }

// Run encrypts every stored token that an old key opens under the primary key
// and keeps the token's own timestamp. It works in small transactions beside a
// running server, and can be stopped and run again at any time. Rows that are
// being written by others meanwhile are skipped: their tokens are new, or they
// are for the next run. progress is told after each batch. The audit log is told
// of each batch that rotated something, in its transaction.
func Run(ctx context.Context, d *db.DB, keys *secret.Ring, progress func(Count)) ([]Count, error) {
	counts := make([]Count, 0, len(columns))
	for _, c := range columns {
		count, err := rotateColumn(ctx, d, keys, c, progress)
		if err != nil {
			return counts, fmt.Errorf("%s: %w", c.Name, err)
		}
		counts = append(counts, count)
	}
	return counts, nil
}

func rotateColumn(ctx context.Context, d *db.DB, keys *secret.Ring, c column, progress func(Count)) (Count, error) {
	count := Count{Column: c.Name}
	for after, more := uuid.Nil, true; more; {
		next := count
		err := d.InTx(ctx, func(q *sqlc.Queries) error {
			rows, err := c.lock(ctx, q, after, batch)
			if err != nil {
				return err
			}
			more = len(rows) == batch
			for _, row := range rows {
				after = row.ID
				if err := rotateRow(ctx, q, keys, c, row, &next); err != nil {
					return err
				}
			}
			return record(ctx, q, c, next.Rotated-count.Rotated)
		})
		if err != nil {
			return count, err
		}
		count = next
		progress(count)
	}
	return count, nil
}

func record(ctx context.Context, q *sqlc.Queries, c column, rotated int) error {
	if rotated == 0 {
		return nil
	}
	return audit.Record(ctx, q, audit.Entry{Kind: audit.KeysRotated, Changes: []audit.Change{
		{Field: c.Name, New: new(fmt.Sprintf("%d rotated", rotated))},
	}})
}

func rotateRow(ctx context.Context, q *sqlc.Queries, keys *secret.Ring, c column, row stored, count *Count) error {
	index, opens := keys.KeyIndex(row.Token)
	switch {
	case !opens:
		count.Broken = append(count.Broken, fmt.Sprintf("%s of row %s", c.Name, row.ID))
		return nil
	case index == 0:
		count.Current++
		return nil
	}
	rotated, err := keys.Rotate(row.Token)
	if err != nil {
		return err
	}
	count.Rotated++
	return c.store(ctx, q, stored{ID: row.ID, Token: rotated})
}
