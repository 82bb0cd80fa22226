package check

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/internal/secret"
)

const (
	// All makes Tokens look at every stored token.
	All = math.MaxInt32
	// Sample is enough to see at the start whether the keys are wrong.
	Sample = 1000
)

// ErrNoTokenOpens says that tokens are stored and that no configured key opens
// any: almost certainly another database's key.
var ErrNoTokenOpens = errors.New("keys are stored but FERNET_KEY and FERNET_OLD_KEYS open none of them: " +
	"set the key of the Python service, or new keys would be stored that it cannot read")

// TokenCount is how many stored tokens which key opens.
type TokenCount struct {
	Primary, Old int
	// Broken names the places of the tokens that no key opens, never their
	// content.
	Broken []string
}

// Stored is the number of tokens that were looked at.
func (c TokenCount) Stored() int { return c.Primary + c.Old + len(c.Broken) }

// Tokens tries the keys on at most so many stored tokens.
func Tokens(ctx context.Context, q *sqlc.Queries, keys *secret.Ring, most int32) (TokenCount, error) {
	stored, err := q.StoredTokens(ctx, most)
	if err != nil {
		return TokenCount{}, err
	}
	var count TokenCount
	for _, token := range stored {
		switch index, opens := keys.KeyIndex(token.Token); {
		case !opens:
			count.Broken = append(count.Broken, fmt.Sprintf("%s of row %s", token.Place, token.ID))
		case index == 0:
			count.Primary++
		default:
			count.Old++
		}
	}
	return count, nil
}

// Usable fails with ErrNoTokenOpens.
func (c TokenCount) Usable() error {
	if len(c.Broken) > 0 && c.Primary+c.Old == 0 {
		return ErrNoTokenOpens
	}
	return nil
}
