package db

import (
	"context"
	"errors"
	"fmt"
	"maps"
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
	types := make(map[string]map[string]string)
	for _, c := range found {
		if types[c.TableName] == nil {
			types[c.TableName] = make(map[string]string)
		}
		types[c.TableName][c.ColumnName] = c.TypeName
	}
	for _, t := range sharedTables {
		if types[t.name] == nil {
			missing = append(missing, "the table "+t.name)
			continue
		}
		for _, column := range slices.Sorted(maps.Keys(t.columns)) {
			name, got, want := t.name+"."+column, types[t.name][column], t.columns[column]
			if got == "" {
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
			if missing := t.missingPrivileges(row); row.TableName == t.name && len(missing) > 0 {
				grants = append(grants, fmt.Sprintf("grant %s on public.%s to %s", strings.Join(missing, ", "), t.name, row.RoleName))
			}
		}
	}
	return grants
}

func (t sharedTable) missingPrivileges(row sqlc.SharedRightsRow) []string {
	granted := map[string]bool{"select": row.MayRead, "insert": row.MayInsert, "update": row.MayUpdate, "delete": row.MayDelete}
	return slices.DeleteFunc(strings.Fields(t.privileges), func(p string) bool { return granted[p] })
}

// sharedTable lists the columns and privileges that this service needs.
type sharedTable struct {
	name    string
	columns map[string]string // types by name
	// privileges are those of the server; some commands need more.
	privileges string
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

// sharedTables is in the order of the foreign keys.
var sharedTables = []sharedTable{
	{
		name: "empresas",
		columns: map[string]string{
			"id": uuid, "nombre": varchar, "email": varchar, "password_hash": varchar, "herramientas_activas": jsonb,
			"configuracion": jsonb, "activa": boolean, "created_at": timestamptz, "updated_at": timestamptz,
		},
		privileges: "select update",
	},
	{
		name: "usuarios",
		columns: map[string]string{
			"id": uuid, "empresa_id": uuid, "email": varchar, "password_hash": varchar, "rol": varchar, "activo": boolean,
			"password_changed_at": timestamptz, "es_superadmin": boolean, "created_at": timestamptz, "updated_at": timestamptz,
		},
		privileges: "select update",
	},
	{
		name: "configuracion_pms",
		columns: map[string]string{
			"id": uuid, "empresa_id": uuid, "proveedor": varchar, "api_key_cifrada": text, "activo": boolean,
			"created_at": timestamptz, "updated_at": timestamptz,
		},
		privileges: "select insert update delete",
	},
	{
		name: "configuracion_ia",
		columns: map[string]string{
			"id": uuid, "empresa_id": uuid, "proveedor": varchar, "api_key_cifrada": text, "modelo": varchar, "activo": boolean,
			"created_at": timestamptz, "updated_at": timestamptz,
		},
		privileges: "select insert update delete",
	},
	{
		name: "integraciones_google",
		columns: map[string]string{
			"id": uuid, "empresa_id": uuid, "access_token_cifrado": text, "refresh_token_cifrado": text, "activo": boolean,
			"updated_at": timestamptz,
		},
		privileges: "select",
	},
}

// SharedTableNames returns the names of the shared tables.
func SharedTableNames() []string {
	var names []string
	for _, t := range sharedTables {
		names = append(names, t.name)
	}
	return names
}
