package keyring

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

const (
	// batchSize is the maximum number of rows that a transaction replaces.
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
		var rows map[string][]sqlc.StoredCiphertextsRow
		err := d.InLongTx(ctx, func(q *sqlc.Queries) (err error) {
			rows, err = stored(ctx, q, math.MaxInt32)
			return err
		})
		if err != nil {
			return result, err
		}
		for _, c := range columns {
			processed := 0
			for batch := range slices.Chunk(rows[c.name], batchSize) {
				rotated, err := rotateBatch(ctx, d, keys, c, batch)
				if err != nil {
					return result, fmt.Errorf("%s: %w", c.name, err)
				}
				processed += len(batch)
				result.Rotated[c.name] += rotated
				progress(c.name, processed)
			}
		}
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

// rotateBatch skips ciphertexts of the primary key and those that no key decrypts.
func rotateBatch(ctx context.Context, d *db.DB, keys *Ring, c column, batch []sqlc.StoredCiphertextsRow) (rotated int, err error) {
	err = d.InTx(ctx, func(q *sqlc.Queries) error {
		rotated = 0
		for _, row := range batch {
			fresh, err := keys.Rotate(row.Ciphertext)
			if errors.Is(err, ErrNotDecryptable) || fresh == row.Ciphertext {
				continue
			}
			if err != nil {
				return err
			}
			replaced, err := c.replace(q, ctx, replacement{ID: row.ID, Stored: row.Ciphertext, Fresh: fresh})
			if err != nil {
				return err
			}
			rotated += int(replaced)
		}
		if rotated == 0 {
			return nil
		}
		return audit.Record(ctx, q, audit.Entry{Kind: audit.KeysRotated, Changes: []audit.Change{
			{Field: c.name, New: new(fmt.Sprintf("%d rotated", rotated))},
		}})
	})
	return rotated, err
}
