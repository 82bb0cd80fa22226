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

// SampleSize is enough tokens to see at the start whether the keys are wrong.
const SampleSize = 1000

// The columns that hold tokens, as table.column.
const (
	PMSKey             = "configuracion_pms.api_key_cifrada"
	AIKey              = "configuracion_ia.api_key_cifrada"
	GoogleAccessToken  = "integraciones_google.access_token_cifrado"
	GoogleRefreshToken = "integraciones_google.refresh_token_cifrado"
)

// ErrNoneOpens says that tokens are stored and that no configured key opens
// any: almost certainly another database's key.
var ErrNoneOpens = errors.New("keys are stored but FERNET_KEY and FERNET_OLD_KEYS open none of them: " +
	"set the key of the Python service, or new keys would be stored that it cannot read")

// ColumnCount is how many of the tokens of one column which key opens.
type ColumnCount struct {
	Column string
	// ByKey has an entry for each key of the ring, in its order: the primary
	// key first.
	ByKey []int
	// Broken are the rows whose token no key opens.
	Broken []uuid.UUID
}

// StoredCount has an entry for each column that may hold tokens.
type StoredCount []ColumnCount

// CountStored tries the keys on every stored token.
func CountStored(ctx context.Context, d *db.DB, keys *Ring) (count StoredCount, err error) {
	err = d.InLongTx(ctx, func(q *sqlc.Queries) error {
		count, err = CountSample(ctx, q, keys, math.MaxInt32)
		return err
	})
	return count, err
}

// CountSample tries the keys on at most so many stored tokens.
func CountSample(ctx context.Context, q *sqlc.Queries, keys *Ring, most int32) (StoredCount, error) {
	stored, err := q.StoredTokens(ctx, most)
	if err != nil {
		return nil, err
	}
	var count StoredCount
	at := make(map[string]int)
	for i, column := range []string{PMSKey, AIKey, GoogleAccessToken, GoogleRefreshToken} {
		at[column] = i
		count = append(count, ColumnCount{Column: column, ByKey: make([]int, keys.Len())})
	}
	for _, token := range stored {
		column := &count[at[token.Place]]
		if index, opens := keys.KeyIndex(token.Token); opens {
			column.ByKey[index]++
		} else {
			column.Broken = append(column.Broken, token.ID)
		}
	}
	return count, nil
}

// Stored is the number of tokens that were looked at.
func (c StoredCount) Stored() int { return c.Primary() + c.Old() + len(c.Broken()) }

// Primary is how many the primary key opens.
func (c StoredCount) Primary() int { return c.ByKey()[0] }

// Old is how many some other key opens.
func (c StoredCount) Old() (sum int) {
	for _, opened := range c.ByKey()[1:] {
		sum += opened
	}
	return sum
}

// ByKey sums up what each key of the ring opens.
func (c StoredCount) ByKey() []int {
	sums := make([]int, len(c[0].ByKey))
	for _, column := range c {
		for i, opened := range column.ByKey {
			sums[i] += opened
		}
	}
	return sums
}

// Broken names the places of the tokens that no key opens, never their content.
func (c StoredCount) Broken() []string {
	var places []string
	for _, column := range c {
		for _, row := range column.Broken {
			places = append(places, fmt.Sprintf("%s of row %s", column.Column, row))
		}
	}
	return places
}

// Usable fails with ErrNoneOpens.
func (c StoredCount) Usable() error {
	if len(c.Broken()) > 0 && c.Primary()+c.Old() == 0 {
		return ErrNoneOpens
	}
	return nil
}
