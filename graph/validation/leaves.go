package validation

import (
	"encoding/json"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Leaves reports the first value within the coerced variables of an operation
// that gqlparser let pass as one of an enum or of a built-in scalar, and that is
// none: it compares enums without regard to case, which generated code does not
// and quotes the value when it fails; and as numbers keep their digits as texts
// (json.Number), it takes a text for a number and a number for a text.
func (v *Validator) Leaves(op *ast.OperationDefinition, values map[string]any) *gqlerror.Error {
	for _, def := range op.VariableDefinitions {
		path := ast.Path{ast.PathName("variable"), ast.PathName(def.Variable)}
		if wrong := v.wrongLeaf(def.Type, values[def.Variable], path); wrong != nil {
			return v.Variable(op, gqlerror.ErrorPathf(wrong, "leaf"))
		}
	}
	return nil
}

// wrongLeaf returns the path to a leaf within value that is not of its type, or
// nil.
func (v *Validator) wrongLeaf(typ *ast.Type, value any, path ast.Path) ast.Path {
	if value == nil {
		return nil
	}
	if typ.Elem != nil {
		for _, item := range graphql.CoerceList(value) { // gqlparser makes typed lists of single values
			if wrong := v.wrongLeaf(typ.Elem, item, path); wrong != nil {
				return wrong
			}
		}
		return nil
	}
	def := v.schema.Types[typ.Name()]
	switch {
	case def == nil:
		return nil
	case def.Kind == ast.InputObject:
		return v.wrongMember(def, value, path)
	case !isLeaf(def, value):
		return path
	}
	return nil
}

// isLeaf tells whether value, which gqlparser let pass, is of the type that def
// defines. Custom scalars check themselves.
func isLeaf(def *ast.Definition, value any) bool {
	text, isText := value.(string)
	switch {
	case def.Kind == ast.Enum:
		return isText && def.EnumValues.ForName(text) != nil
	case def.Name == "String":
		return isText
	case def.Name == "Int" || def.Name == "Float":
		return !isText
	case def.Name == "ID":
		number, isNumber := value.(json.Number)
		return !isNumber || isInteger(number)
	}
	return true
}

func isInteger(number json.Number) bool {
	_, err := number.Int64()
	return err == nil
}

func (v *Validator) wrongMember(def *ast.Definition, value any, path ast.Path) ast.Path {
	members, _ := value.(map[string]any)
	for _, field := range def.Fields {
		below := append(path[:len(path):len(path)], ast.PathName(field.Name))
		if wrong := v.wrongLeaf(field.Type, members[field.Name], below); wrong != nil {
			return wrong
		}
	}
	return nil
}
