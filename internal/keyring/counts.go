package keyring

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// SampleSize is the number of ciphertexts that shows at the start of the server
// whether the keys are wrong.
const SampleSize = 1000

// ErrWrongKeys means that ciphertexts are stored and no configured key decrypts
// any of them: the keys are almost certainly those of another database.
var ErrWrongKeys = errors.New("FERNET_KEY and FERNET_OLD_KEYS decrypt none of the stored ciphertexts: " +
	"set the Fernet key of the Python service, which could not decrypt what this server would store with another key")

// ColumnCounts counts the ciphertexts of one column.
type ColumnCounts struct {
	Column string
	// ByKey is the number of ciphertexts that each key of the ring decrypts, the
	// primary key first.
	ByKey []int
	// NotDecryptable are the ids of the rows whose ciphertext no key decrypts.
	NotDecryptable []uuid.UUID
}

// Counts has an entry for each column that holds ciphertexts.
type Counts []ColumnCounts

// Count counts every stored ciphertext by the key that decrypts it.
func Count(ctx context.Context, d *db.DB, keys *Ring) (counts Counts, err error) {
	err = d.InLongTx(ctx, func(q *sqlc.Queries) error {
		counts, err = CountSample(ctx, q, keys, math.MaxInt32)
		return err
	})
	return counts, err
}

// CountSample is Count for at most limit ciphertexts.
func CountSample(ctx context.Context, q *sqlc.Queries, keys *Ring, limit int32) (Counts, error) {
	rows, err := stored(ctx, q, limit)
	if err != nil {
		return nil, err
	}
	counts := make(Counts, len(columns))
	for i, c := range columns {
		counts[i] = ColumnCounts{Column: c.name, ByKey: make([]int, keys.Len())}
		for _, row := range rows[c.name] {
			if key, ok := keys.KeyIndex(row.Ciphertext); ok {
				counts[i].ByKey[key]++
			} else {
				counts[i].NotDecryptable = append(counts[i].NotDecryptable, row.ID)
			}
		}
	}
	return counts, nil
}

// Total returns the number of ciphertexts.
func (c Counts) Total() int { return c.Primary() + c.Old() + len(c.NotDecryptable()) }

// Primary returns the number of ciphertexts that the primary key decrypts.
func (c Counts) Primary() int { return c.ByKey()[0] }

// Old returns the number of ciphertexts that an old key decrypts.
func (c Counts) Old() (sum int) {
	for _, n := range c.ByKey()[1:] {
		sum += n
	}
	return sum
}

// ByKey returns the number of ciphertexts that each key of the ring decrypts.
func (c Counts) ByKey() []int {
	sums := make([]int, len(c[0].ByKey))
	for _, column := range c {
		for i, n := range column.ByKey {
			sums[i] += n
		}
	}
	return sums
}

// NotDecryptable returns the column and row of each ciphertext that no key
// decrypts, and never the ciphertext.
func (c Counts) NotDecryptable() []string {
	var rows []string
	for _, column := range c {
		for _, id := range column.NotDecryptable {
			rows = append(rows, fmt.Sprintf("%s of row %s", column.Column, id))
		}
	}
	return rows
}

// CheckKeys returns ErrWrongKeys when ciphertexts are stored and no key decrypts
// any of them.
func (c Counts) CheckKeys() error {
	if len(c.NotDecryptable()) > 0 && c.Primary()+c.Old() == 0 {
		return ErrWrongKeys
	}
	return nil
}
