package limit

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// IsConnection reports whether a type is a connection, which is a page of a list: an
// object type named …Connection with pageInfo and nodes or edges.
func IsConnection(def *ast.Definition) bool {
	return def.Kind == ast.Object && strings.HasSuffix(def.Name, "Connection") && def.Fields.ForName("pageInfo") != nil &&
		(def.Fields.ForName("nodes") != nil || def.Fields.ForName("edges") != nil)
}

// connectionTypes has the names of the connections of a schema, and of the interfaces
// and unions that include one.
type connectionTypes map[string]bool

func newConnectionTypes(schema *ast.Schema) connectionTypes {
	types := connectionTypes{}
	for name, def := range schema.Types {
		if slices.ContainsFunc(schema.GetPossibleTypes(def), IsConnection) {
			types[name] = true
		}
	}
	return types
}
