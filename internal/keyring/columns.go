package keyring

import (
	"context"

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

// replacement is a ciphertext to replace by a fresh one.
type replacement = sqlc.PMSCiphertextReplaceParams

// column is a column that holds ciphertexts.
type column struct {
	name string
	// replace returns 0 when the ciphertext is no longer stored or its row is locked.
	replace func(q *sqlc.Queries, ctx context.Context, r replacement) (rows int64, err error)
}

var columns = []column{
	{PMSAPIKeyColumn, (*sqlc.Queries).PMSCiphertextReplace},
	{AIAPIKeyColumn, func(q *sqlc.Queries, ctx context.Context, r replacement) (int64, error) {
		return q.AICiphertextReplace(ctx, sqlc.AICiphertextReplaceParams(r))
	}},
	{GoogleAccessToken, func(q *sqlc.Queries, ctx context.Context, r replacement) (int64, error) {
		return q.GoogleAccessCiphertextReplace(ctx, sqlc.GoogleAccessCiphertextReplaceParams(r))
	}},
	{GoogleRefreshToken, func(q *sqlc.Queries, ctx context.Context, r replacement) (int64, error) {
		return q.GoogleRefreshCiphertextReplace(ctx, sqlc.GoogleRefreshCiphertextReplaceParams(r))
	}},
	{PMSSecretColumn, func(q *sqlc.Queries, ctx context.Context, r replacement) (int64, error) {
		return q.PMSSecretReplace(ctx, sqlc.PMSSecretReplaceParams(r))
	}},
}

// stored returns at most limit ciphertexts by column. Those of this service's own tables
// are left out when the database is not migrated yet, because the keys are checked before
// that.
func stored(ctx context.Context, q *sqlc.Queries, limit int32) (map[string][]sqlc.StoredCiphertextsRow, error) {
	rows, err := q.StoredCiphertexts(ctx, limit)
	if err != nil {
		return nil, err
	}
	migrated, err := q.PMSCredentialsTableExists(ctx)
	if err != nil {
		return nil, err
	}
	if migrated {
		secrets, err := q.StoredSecrets(ctx, limit-int32(len(rows)))
		if err != nil {
			return nil, err
		}
		for _, row := range secrets {
			rows = append(rows, sqlc.StoredCiphertextsRow(row))
		}
	}
	byColumn := make(map[string][]sqlc.StoredCiphertextsRow)
	for _, row := range rows {
		byColumn[row.ColumnName] = append(byColumn[row.ColumnName], row)
	}
	return byColumn, nil
}
