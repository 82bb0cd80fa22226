package keyring

import (
	"context"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// stored is a token in its row.
type stored struct {
	ID    uuid.UUID
	Token string
}

// column is one of the columns that hold tokens.
type column struct {
	name  string // as package storedtokens has it
	lock  func(ctx context.Context, q *sqlc.Queries, after uuid.UUID, most int32) ([]stored, error)
	store func(ctx context.Context, q *sqlc.Queries, row stored) error
}

// columns are all of them.
var columns = []column{
	{
		name: PMSKey,
		lock: func(ctx context.Context, q *sqlc.Queries, after uuid.UUID, most int32) ([]stored, error) {
			rows, err := q.PMSTokensLock(ctx, sqlc.PMSTokensLockParams{After: after, Most: most})
			return convert(rows, func(r sqlc.PMSTokensLockRow) stored { return stored(r) }), err
		},
		store: func(ctx context.Context, q *sqlc.Queries, row stored) error {
			return q.PMSTokenStore(ctx, sqlc.PMSTokenStoreParams{ID: row.ID, Token: &row.Token})
		},
	},
	{
		name: AIKey,
		lock: func(ctx context.Context, q *sqlc.Queries, after uuid.UUID, most int32) ([]stored, error) {
			rows, err := q.AITokensLock(ctx, sqlc.AITokensLockParams{After: after, Most: most})
			return convert(rows, func(r sqlc.AITokensLockRow) stored { return stored(r) }), err
		},
		store: func(ctx context.Context, q *sqlc.Queries, row stored) error {
			return q.AITokenStore(ctx, sqlc.AITokenStoreParams{ID: row.ID, Token: &row.Token})
		},
	},
	{
		name: GoogleAccessToken,
		lock: func(ctx context.Context, q *sqlc.Queries, after uuid.UUID, most int32) ([]stored, error) {
			rows, err := q.GoogleAccessTokensLock(ctx, sqlc.GoogleAccessTokensLockParams{After: after, Most: most})
			return convert(rows, func(r sqlc.GoogleAccessTokensLockRow) stored { return stored(r) }), err
		},
		store: func(ctx context.Context, q *sqlc.Queries, row stored) error {
			return q.GoogleAccessTokenStore(ctx, sqlc.GoogleAccessTokenStoreParams{ID: row.ID, Token: &row.Token})
		},
	},
	{
		name: GoogleRefreshToken,
		lock: func(ctx context.Context, q *sqlc.Queries, after uuid.UUID, most int32) ([]stored, error) {
			rows, err := q.GoogleRefreshTokensLock(ctx, sqlc.GoogleRefreshTokensLockParams{After: after, Most: most})
			return convert(rows, func(r sqlc.GoogleRefreshTokensLockRow) stored { return stored(r) }), err
		},
		store: func(ctx context.Context, q *sqlc.Queries, row stored) error {
			return q.GoogleRefreshTokenStore(ctx, sqlc.GoogleRefreshTokenStoreParams{ID: row.ID, Token: row.Token})
		},
	},
}

func convert[T any](rows []T, one func(T) stored) []stored {
	out := make([]stored, len(rows))
	for i, row := range rows {
		out[i] = one(row)
	}
	return out
}
