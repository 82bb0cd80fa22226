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

// ErrNoSharedTables says that a database has none of the tables.
var ErrNoSharedTables = errors.New("the database has none of the shared tables; on an empty one the command migrate creates them")

// CheckSharedTables fails when a database lacks a table or a column, has one of another
// type, or does not let the server read and write what it has to. It names all
// of that, a line for each kind. It fails with ErrNoSharedTables when no table is there.
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
	granted, err := q.SharedRights(ctx, SharedTableNames())
	if err != nil {
		return err
	}
	return errors.Join(checkPresent(types), checkTypes(types), checkRights(granted))
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
	return fmt.Errorf("the database lacks %s: bring the Python service's own migrations up to date", strings.Join(missing, ", "))
}

func checkTypes(found map[string]map[string]columnType) error {
	var wrong []string
	for _, t := range sharedTables {
		for _, column := range slices.Sorted(maps.Keys(t.columns)) {
			is, should := found[t.name][column], t.columns[column]
			if is != "" && !serves(is, should) {
				wrong = append(wrong, fmt.Sprintf("%s.%s is of the type %s, not %s", t.name, column, is, should))
			}
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return errors.New("the database is not as the Python service's own migrations make it: " + strings.Join(wrong, ", "))
}

// serves tells whether a column may be of a type: text with a limit and without
// are the same to this service.
func serves(is, should columnType) bool {
	isText := func(t columnType) bool { return t == text || t == varchar }
	return is == should || isText(is) && isText(should)
}

func checkRights(granted []sqlc.SharedRightsRow) error {
	var grants []string
	for _, g := range granted {
		if !g.MayUseSchema {
			grants = append(grants, "grant usage on schema public to "+g.RoleName)
			break
		}
	}
	for _, t := range sharedTables {
		for _, g := range granted {
			if missing := t.lacks(g); g.TableName == t.name && len(missing) > 0 {
				grants = append(grants, fmt.Sprintf("grant %s on public.%s to %s", strings.Join(missing, ", "), t.name, g.RoleName))
			}
		}
	}
	if len(grants) == 0 {
		return nil
	}
	return errors.New("the role of DATABASE_URL may not do what the server has to: as their owner, run on this database " + strings.Join(grants, "; "))
}

func (t sharedTable) lacks(g sqlc.SharedRightsRow) (missing []string) {
	may := map[right]bool{mayRead: g.MayRead, mayInsert: g.MayInsert, mayUpdate: g.MayUpdate, mayDelete: g.MayDelete}
	for _, r := range t.rights {
		if !may[r] {
			missing = append(missing, string(r))
		}
	}
	return missing
}
