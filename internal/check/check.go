// Package check tells whether a database fits this service: the columns that
// it reads and writes are there, and the configured keys open what is stored.
package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// sharedColumns are the columns of the shared tables that this service uses.
var sharedColumns = map[string][]string{
	"empresas":             {"id", "nombre", "email", "password_hash", "herramientas_activas", "configuracion", "activa", "created_at", "updated_at"},
	"usuarios":             {"id", "empresa_id", "email", "password_hash", "rol", "activo", "password_changed_at", "es_superadmin", "created_at", "updated_at"},
	"configuracion_pms":    {"id", "empresa_id", "proveedor", "api_key_cifrada", "activo", "created_at", "updated_at"},
	"configuracion_ia":     {"id", "empresa_id", "proveedor", "api_key_cifrada", "modelo", "activo", "created_at", "updated_at"},
	"integraciones_google": {"id", "empresa_id", "access_token_cifrado", "refresh_token_cifrado", "activo"},
}

var errNoTables = errors.New("the database has none of the shared tables, or its role may not read them; on an empty one the command migrate creates them")

// Columns fails when the database lacks a table or a column, and names all it
// lacks.
func Columns(ctx context.Context, q *sqlc.Queries) error {
	found, err := q.SharedColumns(ctx)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return errNoTables
	}
	present := make(map[string][]string)
	for _, column := range found {
		present[column.TableName] = append(present[column.TableName], column.ColumnName)
	}
	if missing := missingFrom(present); len(missing) > 0 {
		return fmt.Errorf("the database lacks %s: bring the Python service's own migrations up to date", strings.Join(missing, ", "))
	}
	return nil
}

func missingFrom(present map[string][]string) []string {
	var missing []string
	for table, columns := range sharedColumns {
		if len(present[table]) == 0 {
			missing = append(missing, "the table "+table)
			continue
		}
		for _, column := range columns {
			if !slices.Contains(present[table], column) {
				missing = append(missing, table+"."+column)
			}
		}
	}
	slices.Sort(missing)
	return missing
}
