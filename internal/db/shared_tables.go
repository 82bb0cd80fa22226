package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// ErrNoSharedTables means that a database has none of the shared tables.
var ErrNoSharedTables = errors.New("the database has none of the shared tables; the command migrate creates them in an empty database")

// CheckSharedTables checks that the shared tables are compatible: it fails when a
// table or a column is missing, a column has another type, or the role lacks a
// privilege. The error lists all of them, one line for each kind. It fails with
// ErrNoSharedTables when the database has none of the tables.
func CheckSharedTables(ctx context.Context, q *sqlc.Queries) error {
	found, err := q.SharedColumns(ctx, SharedTableNames())
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return ErrNoSharedTables
	}
	privileges, err := q.SharedRights(ctx, SharedTableNames())
	if err != nil {
		return err
	}
	missing, wrong := compareColumns(found)
	return errors.Join(
		problem("the database lacks %s: run the Python service's own migrations", missing, ", "),
		problem("the database differs from the Python service's own migrations: %s", wrong, ", "),
		problem("the role of DATABASE_URL lacks privileges: as the owner of the tables, run on this database %s", missingGrants(privileges), "; "))
}

// problem returns an error with a list, nil when the list is empty.
func problem(format string, list []string, separator string) error {
	if len(list) == 0 {
		return nil
	}
	return fmt.Errorf(format, strings.Join(list, separator))
}

// compareColumns returns the missing tables and columns, and the columns of another type.
func compareColumns(found []sqlc.SharedColumnsRow) (missing, wrong []string) {
	tables, types := make(map[string]bool), make(map[string]string)
	for _, c := range found {
		tables[c.TableName], types[c.TableName+"."+c.ColumnName] = true, c.TypeName
	}
	for _, t := range sharedTables {
		if !tables[t.name] {
			missing = append(missing, "the table "+t.name)
			continue
		}
		for column := range strings.FieldsSeq(t.columns) {
			name, want := t.name+"."+column, columnTypes[column]
			if got := types[name]; got == "" {
				missing = append(missing, name)
			} else if !compatible(got, want) {
				wrong = append(wrong, fmt.Sprintf("%s has the type %s, not %s", name, got, want))
			}
		}
	}
	return missing, wrong
}

// compatible reports whether a column may have the type got instead of want: text
// with and without a length limit are interchangeable.
func compatible(got, want string) bool {
	isText := func(t string) bool { return t == text || t == varchar }
	return got == want || isText(got) && isText(want)
}

// missingGrants returns the statements that grant the missing privileges.
func missingGrants(rows []sqlc.SharedRightsRow) (grants []string) {
	if i := slices.IndexFunc(rows, func(row sqlc.SharedRightsRow) bool { return !row.MayUseSchema }); i >= 0 {
		grants = append(grants, "grant usage on schema public to "+rows[i].RoleName)
	}
	for _, t := range sharedTables {
		for _, row := range rows {
			granted := map[string]bool{"select": row.MayRead, "insert": row.MayInsert, "update": row.MayUpdate, "delete": row.MayDelete}
			missing := slices.DeleteFunc(strings.Fields(t.privileges), func(p string) bool { return granted[p] })
			if row.TableName == t.name && len(missing) > 0 {
				grants = append(grants, fmt.Sprintf("grant %s on public.%s to %s", strings.Join(missing, ", "), t.name, row.RoleName))
			}
		}
	}
	return grants
}

// sharedTable lists the privileges and columns that the server needs, separated by
// spaces; some commands need more privileges.
type sharedTable struct{ name, privileges, columns string }

// sharedTables is in the order of the foreign keys.
var sharedTables = []sharedTable{
	{"empresas", "select update",
		"activa configuracion created_at email herramientas_activas id nombre password_hash updated_at"},
	{"usuarios", "select update",
		"activo created_at email empresa_id es_superadmin id password_changed_at password_hash rol updated_at"},
	{"configuracion_pms", "select insert update delete",
		"activo api_key_cifrada created_at empresa_id id proveedor updated_at"},
	{"configuracion_ia", "select insert update delete",
		"activo api_key_cifrada created_at empresa_id id modelo proveedor updated_at"},
	{"integraciones_google", "select",
		"access_token_cifrado activo empresa_id id refresh_token_cifrado updated_at"},
}

// PostgreSQL's names of types, without a length.
const (
	boolean     = "boolean"
	jsonb       = "jsonb"
	text        = "text"
	timestamptz = "timestamp with time zone"
	uuid        = "uuid"
	varchar     = "character varying"
)

// columnTypes has the type of each column, which is the same in every shared table.
var columnTypes = map[string]string{
	"id": uuid, "empresa_id": uuid,
	"nombre": varchar, "email": varchar, "password_hash": varchar, "rol": varchar, "proveedor": varchar, "modelo": varchar,
	"api_key_cifrada": text, "access_token_cifrado": text, "refresh_token_cifrado": text,
	"herramientas_activas": jsonb, "configuracion": jsonb,
	"activa": boolean, "activo": boolean, "es_superadmin": boolean,
	"created_at": timestamptz, "updated_at": timestamptz, "password_changed_at": timestamptz,
}

// SharedTableNames returns the names of the shared tables, which reference earlier ones
// only.
func SharedTableNames() []string {
	var names []string
	for _, t := range sharedTables {
		names = append(names, t.name)
	}
	return names
}
