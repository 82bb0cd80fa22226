package validation

import (
	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Enums reports the first value of an enum, within the coerced variables of an
// operation, that is not written as in the schema. gqlparser compares without
// regard to case; generated code does not and quotes the value when it fails.
func (v *Validator) Enums(op *ast.OperationDefinition, values map[string]any) *gqlerror.Error {
	for _, def := range op.VariableDefinitions {
		path := ast.Path{ast.PathName("variable"), ast.PathName(def.Variable)}
		if wrong := v.wrongEnum(def.Type, values[def.Variable], path); wrong != nil {
			return v.Variable(op, gqlerror.ErrorPathf(wrong, "enum"))
		}
	}
	return nil
}

// wrongEnum returns the path to an unknown enum value within value, or nil.
func (v *Validator) wrongEnum(typ *ast.Type, value any, path ast.Path) ast.Path {
	if value == nil {
		return nil
	}
	if typ.Elem != nil {
		for _, item := range graphql.CoerceList(value) { // gqlparser makes typed lists of single values
			if wrong := v.wrongEnum(typ.Elem, item, path); wrong != nil {
				return wrong
			}
		}
		return nil
	}
	def := v.schema.Types[typ.Name()]
	switch {
	case def == nil:
		return nil
	case def.Kind == ast.Enum:
		name, ok := value.(string)
		if !ok || def.EnumValues.ForName(name) == nil {
			return path
		}
	case def.Kind == ast.InputObject:
		return v.wrongMember(def, value, path)
	}
	return nil
}

func (v *Validator) wrongMember(def *ast.Definition, value any, path ast.Path) ast.Path {
	members, _ := value.(map[string]any)
	for _, field := range def.Fields {
		below := append(path[:len(path):len(path)], ast.PathName(field.Name))
		if wrong := v.wrongEnum(field.Type, members[field.Name], below); wrong != nil {
			return wrong
		}
	}
	return nil
}
