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
	rows, err := q.StoredCiphertexts(ctx, limit)
	if err != nil {
		return nil, err
	}
	secrets, err := storedSecrets(ctx, q, limit-int32(len(rows)))
	if err != nil {
		return nil, err
	}
	rows = append(rows, secrets...)
	var counts Counts
	index := make(map[string]int)
	for i, c := range columns {
		index[c.name] = i
		counts = append(counts, ColumnCounts{Column: c.name, ByKey: make([]int, keys.Len())})
	}
	for _, row := range rows {
		column := &counts[index[row.ColumnName]]
		if key, ok := keys.KeyIndex(row.Ciphertext); ok {
			column.ByKey[key]++
		} else {
			column.NotDecryptable = append(column.NotDecryptable, row.ID)
		}
	}
	return counts, nil
}

// storedSecrets returns the ciphertexts of this service's own tables. It returns none
// when the database is not migrated yet, because the keys are checked before that.
func storedSecrets(ctx context.Context, q *sqlc.Queries, limit int32) ([]sqlc.StoredCiphertextsRow, error) {
	present, err := q.PMSCredentialsTableExists(ctx)
	if err != nil || !present {
		return nil, err
	}
	secrets, err := q.StoredSecrets(ctx, limit)
	rows := make([]sqlc.StoredCiphertextsRow, len(secrets))
	for i, row := range secrets {
		rows[i] = sqlc.StoredCiphertextsRow{ColumnName: PMSSecretColumn, ID: row.ID, Ciphertext: row.Ciphertext}
	}
	return rows, err
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
