package keyring

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

const (
	// batch is how many rows a transaction locks.
	batch = 100
	// passes is how often the tokens are gone through while some are left. What
	// the first pass skips is mostly a save, which is over in milliseconds.
	passes = 2
	pause  = time.Second
)

// RotationResult is what became of the stored tokens.
type RotationResult struct {
	// Rotated is how many were encrypted anew, by column.
	Rotated map[string]int
	// Tokens is which key opens how many, in the end.
	Tokens StoredCount
}

// Progress is told after each batch how many tokens of a column have been looked
// at.
type Progress func(column string, seen int)

// Rotate encrypts every stored token that an old key opens under the primary key
// and keeps the token's own timestamp. It works in small transactions beside a
// running server, and can be stopped and run again at any time. Rows that are
// being written by others meanwhile are skipped; if that leaves tokens under old
// keys, it tries once more a second later, and the result says what is left then.
// The audit log is told of each batch that rotated something, in its
// transaction.
func Rotate(ctx context.Context, d *db.DB, keys *Ring, progress Progress) (RotationResult, error) {
	result := RotationResult{Rotated: make(map[string]int)}
	for pass := 1; ; pass++ {
		for _, c := range columns {
			if err := rotateColumn(ctx, d, keys, c, result.Rotated, progress); err != nil {
				return result, fmt.Errorf("%s: %w", c.name, err)
			}
		}
		var err error
		result.Tokens, err = CountStored(ctx, d, keys)
		if err != nil || result.Tokens.Old() == 0 || pass == passes {
			return result, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return result, ctx.Err()
		}
	}
}

func rotateColumn(ctx context.Context, d *db.DB, keys *Ring, c column, rotated map[string]int, progress Progress) error {
	seen := 0
	for after, more := uuid.Nil, true; more; {
		rows, inBatch := []stored(nil), 0
		err := d.InTx(ctx, func(q *sqlc.Queries) (err error) {
			if rows, err = c.lock(ctx, q, after, batch); err != nil {
				return err
			}
			if inBatch, err = rotateRows(ctx, q, keys, c, rows); err != nil {
				return err
			}
			return record(ctx, q, c, inBatch)
		})
		if err != nil {
			return err
		}
		if more = len(rows) == batch; more {
			after = rows[batch-1].ID
		}
		seen += len(rows)
		rotated[c.name] += inBatch
		progress(c.name, seen)
	}
	return nil
}

// rotateRows leaves alone what is under the primary key, and what no key opens.
func rotateRows(ctx context.Context, q *sqlc.Queries, keys *Ring, c column, rows []stored) (rotated int, err error) {
	for _, row := range rows {
		if index, opens := keys.KeyIndex(row.Token); !opens || index == 0 {
			continue
		}
		if row.Token, err = keys.Rotate(row.Token); err != nil {
			return rotated, err
		}
		if err := c.store(ctx, q, row); err != nil {
			return rotated, err
		}
		rotated++
	}
	return rotated, nil
}

func record(ctx context.Context, q *sqlc.Queries, c column, rotated int) error {
	if rotated == 0 {
		return nil
	}
	return audit.Record(ctx, q, audit.Entry{Kind: audit.KeysRotated, Changes: []audit.Change{
		{Field: c.name, New: new(fmt.Sprintf("%d rotated", rotated))},
	}})
}
