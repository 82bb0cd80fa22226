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
	// batchSize is the maximum number of rows that a transaction locks.
	batchSize = 100
	// maxPasses limits the passes over all columns while ciphertexts of old keys
	// are left. The first pass skips mostly rows of a concurrent save, which takes
	// milliseconds.
	maxPasses = 2
	pause     = time.Second
)

// RotationResult is the outcome of Rotate.
type RotationResult struct {
	// Rotated is the number of ciphertexts encrypted again, by column.
	Rotated map[string]int
	// Counts are the counts after the rotation.
	Counts Counts
}

// Progress is called after each batch with the number of ciphertexts of a column
// that have been processed.
type Progress func(column string, processed int)

// Rotate encrypts every stored ciphertext of an old key again with the primary
// key and keeps its timestamp. It uses small transactions, so it can run beside a
// server, and can be stopped and run again. It skips rows that another
// transaction has locked. If that leaves ciphertexts of old keys, it makes a
// second pass one second later; the counts of the result include what is left
// then. Each batch that rotated a ciphertext adds an audit entry in its
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
		result.Counts, err = Count(ctx, d, keys)
		if err != nil || result.Counts.Old() == 0 || pass == maxPasses {
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
	processed := 0
	for after, more := uuid.Nil, true; more; {
		rows, inBatch := []ciphertextRow(nil), 0
		err := d.InTx(ctx, func(q *sqlc.Queries) (err error) {
			if rows, err = c.lock(ctx, q, after, batchSize); err != nil {
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
		if more = len(rows) == batchSize; more {
			after = rows[batchSize-1].ID
		}
		processed += len(rows)
		rotated[c.name] += inBatch
		progress(c.name, processed)
	}
	return nil
}

// rotateRows skips ciphertexts of the primary key and those that no key decrypts.
func rotateRows(ctx context.Context, q *sqlc.Queries, keys *Ring, c column, rows []ciphertextRow) (rotated int, err error) {
	for _, row := range rows {
		if index, ok := keys.KeyIndex(row.Ciphertext); !ok || index == 0 {
			continue
		}
		if row.Ciphertext, err = keys.Rotate(row.Ciphertext); err != nil {
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
