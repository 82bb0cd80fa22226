package validation

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/internal/problem"
)

// Variable words what gqlparser says about the variables of an operation. The
// code is BAD_USER_INPUT: the document is fine, a value is not.
//
// The error has no path, because a path leads into the answer; the names on
// gqlparser's path are followed through the schema instead, and those that the
// schema does not know are dropped.
func (v *Validator) Variable(op *ast.OperationDefinition, err *gqlerror.Error) *gqlerror.Error {
	message := "The value of a variable does not fit its type."
	var at []gqlerror.Location
	if v.open && op != nil && len(err.Path) > 1 {
		name, _ := err.Path[1].(ast.PathName)
		if def := op.VariableDefinitions.ForName(string(name)); def != nil {
			message = "The value of the variable does not fit its type: " + v.follow(def.Type, err.Path[2:]) + "."
			at = locate(def.Position)
		}
	}
	return Error(problem.New(problem.BadUserInput, message), at...)
}

// follow walks from a variable's type along path and says where it ends.
func (v *Validator) follow(typ *ast.Type, path ast.Path) string {
	where := "it"
	for _, step := range path {
		switch s := step.(type) {
		case ast.PathIndex:
			if typ.Elem != nil {
				typ = typ.Elem
			}
		case ast.PathName:
			owner := v.schema.Types[typ.Name()]
			if owner == nil {
				return where + " must be " + typ.String()
			}
			field := owner.Fields.ForName(string(s))
			if field == nil {
				return owner.Name + " has no such field"
			}
			where, typ = owner.Name+"."+field.Name, field.Type
		}
	}
	return where + " must be " + v.expected(typ)
}

// expected names a type and, for an enum, its values.
func (v *Validator) expected(typ *ast.Type) string {
	def := v.schema.Types[typ.Name()]
	if def != nil && def.Kind == ast.Enum && typ.Elem == nil {
		return typ.String() + ", one of " + list("or", enumValues(def))
	}
	return typ.String()
}

func locate(p *ast.Position) []gqlerror.Location {
	if p == nil {
		return nil
	}
	return []gqlerror.Location{{Line: p.Line, Column: p.Column}}
}
