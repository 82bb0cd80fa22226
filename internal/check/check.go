// Package check tells whether a database fits this service: the columns that
// it reads and writes are there, and the configured keys open what is stored.
package check

import (
	"context"
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

// Columns fails when the database lacks a column, and names all it lacks.
func Columns(ctx context.Context, q *sqlc.Queries) error {
	found, err := q.SharedColumns(ctx)
	if err != nil {
		return err
	}
	present := make(map[string]bool, len(found))
	for _, column := range found {
		present[column.TableName+"."+column.ColumnName] = true
	}
	var missing []string
	for table, columns := range sharedColumns {
		for _, column := range columns {
			if name := table + "." + column; !present[name] {
				missing = append(missing, name)
			}
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return fmt.Errorf("the database lacks %s: bring the Python service's own migrations up to date", strings.Join(missing, ", "))
	}
	return nil
}
