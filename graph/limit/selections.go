package limit

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// IsConnection reports whether a type is a connection, which is a page of a list: an
// object type named …Connection with pageInfo and nodes or edges.
func IsConnection(def *ast.Definition) bool {
	return def.Kind == ast.Object && strings.HasSuffix(def.Name, "Connection") && def.Fields.ForName("pageInfo") != nil &&
		(def.Fields.ForName("nodes") != nil || def.Fields.ForName("edges") != nil)
}

// selections counts the fields of an operation. It follows every spread, which is cheap
// in a document within the limits of its fields.
type selections struct {
	schema      *ast.Schema
	fields      map[string]int
	connections int
	nested      bool // a connection field is below another one
}

// checkSelections checks Limits.Connections and Limits.Selections. It runs after
// validation, which sets the definitions of fields and spreads, and because its errors
// reveal that the schema has a field.
func (l Limits) checkSelections(schema *ast.Schema, doc *ast.QueryDocument) error {
	for _, op := range doc.Operations {
		s := selections{schema: schema, fields: make(map[string]int)}
		s.count(op.SelectionSet, false)
		if s.connections > l.Connections {
			return exceeded(apperr.TooManyConnections, l.Connections)
		}
		if s.nested {
			return exceeded(apperr.NestedConnections)
		}
		for _, limited := range l.Selections {
			if s.fields[limited.Field] > limited.Most {
				return exceeded(apperr.TooManySelections, limited.Field, limited.Most)
			}
		}
	}
	return nil
}

// count counts a selection set, which may be below a connection.
func (s *selections) count(set ast.SelectionSet, below bool) {
	for _, selection := range set {
		switch selection := selection.(type) {
		case *ast.InlineFragment:
			s.count(selection.SelectionSet, below)
		case *ast.FragmentSpread:
			s.count(selection.Definition.SelectionSet, below)
		case *ast.Field:
			s.fields[selection.Name]++
			isConnection := s.isConnection(selection)
			if isConnection {
				s.connections++
				s.nested = s.nested || below
			}
			s.count(selection.SelectionSet, below || isConnection)
		}
	}
}

// isConnection reports whether the type of a field is a connection, or an interface or
// union that includes one.
func (s *selections) isConnection(field *ast.Field) bool {
	return slices.ContainsFunc(s.schema.GetPossibleTypes(s.schema.Types[field.Definition.Type.Name()]), IsConnection)
}
