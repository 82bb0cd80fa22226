package keyring

import (
	"context"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// The columns that hold ciphertexts, as table.column.
const (
	PMSAPIKeyColumn    = "configuracion_pms.api_key_cifrada"
	AIAPIKeyColumn     = "configuracion_ia.api_key_cifrada"
	GoogleAccessToken  = "integraciones_google.access_token_cifrado"
	GoogleRefreshToken = "integraciones_google.refresh_token_cifrado"
	PMSSecretColumn    = "pms_credentials.encrypted_secret"
)

// ciphertextRow is a row's id and the ciphertext in one of its columns. A row of this
// service's own tables has the company's id.
type ciphertextRow struct {
	ID         uuid.UUID
	Ciphertext string
}

// column is a column that holds ciphertexts, with its queries.
type column struct {
	name  string
	lock  func(ctx context.Context, q *sqlc.Queries, after uuid.UUID, maxRows int32) ([]ciphertextRow, error)
	store func(ctx context.Context, q *sqlc.Queries, row ciphertextRow) error
}

var columns = []column{
	{
		name: PMSAPIKeyColumn,
		lock: func(ctx context.Context, q *sqlc.Queries, after uuid.UUID, maxRows int32) ([]ciphertextRow, error) {
			rows, err := q.PMSCiphertextsLock(ctx, sqlc.PMSCiphertextsLockParams{After: after, MaxRows: maxRows})
			return convert(rows, func(r sqlc.PMSCiphertextsLockRow) ciphertextRow { return ciphertextRow(r) }), err
		},
		store: func(ctx context.Context, q *sqlc.Queries, row ciphertextRow) error {
			return q.PMSCiphertextStore(ctx, sqlc.PMSCiphertextStoreParams{ID: row.ID, Ciphertext: &row.Ciphertext})
		},
	},
	{
		name: AIAPIKeyColumn,
		lock: func(ctx context.Context, q *sqlc.Queries, after uuid.UUID, maxRows int32) ([]ciphertextRow, error) {
			rows, err := q.AICiphertextsLock(ctx, sqlc.AICiphertextsLockParams{After: after, MaxRows: maxRows})
			return convert(rows, func(r sqlc.AICiphertextsLockRow) ciphertextRow { return ciphertextRow(r) }), err
		},
		store: func(ctx context.Context, q *sqlc.Queries, row ciphertextRow) error {
			return q.AICiphertextStore(ctx, sqlc.AICiphertextStoreParams{ID: row.ID, Ciphertext: &row.Ciphertext})
		},
	},
	{
		name: GoogleAccessToken,
		lock: func(ctx context.Context, q *sqlc.Queries, after uuid.UUID, maxRows int32) ([]ciphertextRow, error) {
			rows, err := q.GoogleAccessCiphertextsLock(ctx, sqlc.GoogleAccessCiphertextsLockParams{After: after, MaxRows: maxRows})
			return convert(rows, func(r sqlc.GoogleAccessCiphertextsLockRow) ciphertextRow { return ciphertextRow(r) }), err
		},
		store: func(ctx context.Context, q *sqlc.Queries, row ciphertextRow) error {
			return q.GoogleAccessCiphertextStore(ctx, sqlc.GoogleAccessCiphertextStoreParams{ID: row.ID, Ciphertext: &row.Ciphertext})
		},
	},
	{
		name: GoogleRefreshToken,
		lock: func(ctx context.Context, q *sqlc.Queries, after uuid.UUID, maxRows int32) ([]ciphertextRow, error) {
			rows, err := q.GoogleRefreshCiphertextsLock(ctx, sqlc.GoogleRefreshCiphertextsLockParams{After: after, MaxRows: maxRows})
			return convert(rows, func(r sqlc.GoogleRefreshCiphertextsLockRow) ciphertextRow { return ciphertextRow(r) }), err
		},
		store: func(ctx context.Context, q *sqlc.Queries, row ciphertextRow) error {
			return q.GoogleRefreshCiphertextStore(ctx, sqlc.GoogleRefreshCiphertextStoreParams{ID: row.ID, Ciphertext: row.Ciphertext})
		},
	},
	{
		name: PMSSecretColumn,
		lock: func(ctx context.Context, q *sqlc.Queries, after uuid.UUID, maxRows int32) ([]ciphertextRow, error) {
			rows, err := q.PMSSecretCiphertextsLock(ctx, sqlc.PMSSecretCiphertextsLockParams{After: after, MaxRows: maxRows})
			return convert(rows, func(r sqlc.PMSSecretCiphertextsLockRow) ciphertextRow { return ciphertextRow(r) }), err
		},
		store: func(ctx context.Context, q *sqlc.Queries, row ciphertextRow) error {
			return q.PMSSecretCiphertextStore(ctx, sqlc.PMSSecretCiphertextStoreParams{ID: row.ID, Ciphertext: &row.Ciphertext})
		},
	},
}

func convert[T any](rows []T, toRow func(T) ciphertextRow) []ciphertextRow {
	out := make([]ciphertextRow, len(rows))
	for i, row := range rows {
		out[i] = toRow(row)
	}
	return out
}
