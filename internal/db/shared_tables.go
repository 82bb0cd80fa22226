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
	types := make(map[string]map[string]columnType)
	for _, c := range found {
		if types[c.TableName] == nil {
			types[c.TableName] = make(map[string]columnType)
		}
		types[c.TableName][c.ColumnName] = columnType(c.TypeName)
	}
	privileges, err := q.SharedRights(ctx, SharedTableNames())
	if err != nil {
		return err
	}
	return errors.Join(checkPresent(types), checkTypes(types), checkPrivileges(privileges))
}

func checkPresent(found map[string]map[string]columnType) error {
	var missing []string
	for _, t := range sharedTables {
		if found[t.name] == nil {
			missing = append(missing, "the table "+t.name)
			continue
		}
		for _, column := range slices.Sorted(maps.Keys(t.columns)) {
			if found[t.name][column] == "" {
				missing = append(missing, t.name+"."+column)
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("the database lacks %s: run the Python service's own migrations", strings.Join(missing, ", "))
}

func checkTypes(found map[string]map[string]columnType) error {
	var wrong []string
	for _, t := range sharedTables {
		for _, column := range slices.Sorted(maps.Keys(t.columns)) {
			got, want := found[t.name][column], t.columns[column]
			if got != "" && !compatible(got, want) {
				wrong = append(wrong, fmt.Sprintf("%s.%s has the type %s, not %s", t.name, column, got, want))
			}
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return errors.New("the database differs from the Python service's own migrations: " + strings.Join(wrong, ", "))
}

// compatible reports whether a column may have the type got instead of want: text
// with and without a length limit are interchangeable.
func compatible(got, want columnType) bool {
	isText := func(t columnType) bool { return t == text || t == varchar }
	return got == want || isText(got) && isText(want)
}

func checkPrivileges(rows []sqlc.SharedRightsRow) error {
	var grants []string
	for _, row := range rows {
		if !row.MayUseSchema {
			grants = append(grants, "grant usage on schema public to "+row.RoleName)
			break
		}
	}
	for _, t := range sharedTables {
		for _, row := range rows {
			if missing := t.missingPrivileges(row); row.TableName == t.name && len(missing) > 0 {
				grants = append(grants, fmt.Sprintf("grant %s on public.%s to %s", strings.Join(missing, ", "), t.name, row.RoleName))
			}
		}
	}
	if len(grants) == 0 {
		return nil
	}
	return errors.New("the role of DATABASE_URL lacks privileges: as the owner of the tables, run on this database " + strings.Join(grants, "; "))
}

func (t sharedTable) missingPrivileges(row sqlc.SharedRightsRow) (missing []string) {
	granted := map[privilege]bool{selectRows: row.MayRead, insertRows: row.MayInsert, updateRows: row.MayUpdate, deleteRows: row.MayDelete}
	for _, p := range t.privileges {
		if !granted[p] {
			missing = append(missing, string(p))
		}
	}
	return missing
}

// sharedTable lists the columns and privileges that this service needs.
type sharedTable struct {
	name    string
	columns map[string]columnType
	// privileges are those of the server; some commands need more.
	privileges []privilege
}

// columnType is PostgreSQL's name of a type, without a length.
type columnType string

const (
	boolean     columnType = "boolean"
	jsonb       columnType = "jsonb"
	text        columnType = "text"
	timestamptz columnType = "timestamp with time zone"
	uuid        columnType = "uuid"
	varchar     columnType = "character varying"
)

type privilege string

const (
	selectRows privilege = "select"
	insertRows privilege = "insert"
	updateRows privilege = "update"
	deleteRows privilege = "delete"
)

// sharedTables is in the order of the foreign keys.
var sharedTables = []sharedTable{
	{
		name: "empresas",
		columns: map[string]columnType{
			"id": uuid, "nombre": varchar, "email": varchar, "password_hash": varchar, "herramientas_activas": jsonb,
			"configuracion": jsonb, "activa": boolean, "created_at": timestamptz, "updated_at": timestamptz,
		},
		privileges: []privilege{selectRows, updateRows},
	},
	{
		name: "usuarios",
		columns: map[string]columnType{
			"id": uuid, "empresa_id": uuid, "email": varchar, "password_hash": varchar, "rol": varchar, "activo": boolean,
			"password_changed_at": timestamptz, "es_superadmin": boolean, "created_at": timestamptz, "updated_at": timestamptz,
		},
		privileges: []privilege{selectRows, updateRows},
	},
	{
		name: "configuracion_pms",
		columns: map[string]columnType{
			"id": uuid, "empresa_id": uuid, "proveedor": varchar, "api_key_cifrada": text, "activo": boolean,
			"created_at": timestamptz, "updated_at": timestamptz,
		},
		privileges: []privilege{selectRows, insertRows, updateRows, deleteRows},
	},
	{
		name: "configuracion_ia",
		columns: map[string]columnType{
			"id": uuid, "empresa_id": uuid, "proveedor": varchar, "api_key_cifrada": text, "modelo": varchar, "activo": boolean,
			"created_at": timestamptz, "updated_at": timestamptz,
		},
		privileges: []privilege{selectRows, insertRows, updateRows, deleteRows},
	},
	{
		name: "integraciones_google",
		columns: map[string]columnType{
			"id": uuid, "empresa_id": uuid, "access_token_cifrado": text, "refresh_token_cifrado": text, "activo": boolean,
			"updated_at": timestamptz,
		},
		privileges: []privilege{selectRows},
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
