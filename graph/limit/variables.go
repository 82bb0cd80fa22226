package limit

import (
	"context"
	"encoding/json"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// describe words the errors with which the executor refuses a checked document:
// the operation cannot be determined, or gqlparser refuses a variable, which is
// BAD_USER_INPUT. Errors of extensions stay as they are.
func (d *documents) describe(opCtx *graphql.OperationContext, errs gqlerror.List) gqlerror.List {
	for i, err := range errs {
		switch {
		case opCtx.Doc != nil && opCtx.Operation == nil:
			errs[i] = asGraphQL(errOperation)
		case len(err.Path) > 1 && err.Path[0] == ast.PathName("variable"):
			errs[i] = d.variableError(opCtx.Operation, err.Path[1:])
		}
	}
	return errs
}

// variableError has no path, because a path leads into the response. The names
// on gqlparser's path are followed through the schema instead, and those that
// the schema does not know are dropped.
func (d *documents) variableError(op *ast.OperationDefinition, path ast.Path) *gqlerror.Error {
	err := apperr.New(apperr.BadUserInput, apperr.VariableNotValid)
	var at []gqlerror.Location
	name, _ := path[0].(ast.PathName)
	if def := op.VariableDefinitions.ForName(string(name)); d.limits.Introspection && def != nil {
		err = d.expected(def.Type, path[1:])
		at = locationOf(def.Position)
	}
	return asGraphQL(err, at...)
}

// expected follows path from the type of a variable, and returns an error that
// says which type the value at its end must have.
func (d *documents) expected(typ *ast.Type, path ast.Path) *apperr.Error {
	where := ""
	for _, step := range path {
		switch s := step.(type) {
		case ast.PathIndex:
			if typ.Elem != nil {
				typ = typ.Elem
			}
		case ast.PathName:
			field := d.schema.Types[typ.Name()].Fields.ForName(string(s)) // of an input object, or there is no such step
			if field == nil {
				return apperr.New(apperr.BadUserInput, apperr.VariableHasNoField, typ.Name())
			}
			where, typ = typ.Name()+"."+field.Name, field.Type
		}
	}
	if where == "" {
		return apperr.New(apperr.BadUserInput, apperr.VariableMustBeType, typ.String())
	}
	return apperr.New(apperr.BadUserInput, apperr.VariableMustBe, where, typ.String())
}

// ExtensionName and Validate make documents an extension of gqlgen's executor.
func (*documents) ExtensionName() string { return "Limit" }

// Validate accepts every schema.
func (*documents) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext admits introspection if the limits do, which gqlgen does
// not by default. It refuses the first value within the coerced variables
// that gqlparser let pass as one of an enum or of a built-in scalar, and that is
// none: it compares enums without regard to case, which generated code does not
// and quotes the value when it fails; and as numbers keep their digits as text
// (json.Number), it takes a text for a number and a number for a text.
func (d *documents) MutateOperationContext(ctx context.Context, opCtx *graphql.OperationContext) *gqlerror.Error {
	if doc, _ := d.Get(ctx, opCtx.RawQuery); doc != opCtx.Doc {
		return asGraphQL(errUnchecked)
	}
	opCtx.DisableIntrospection = !d.limits.Introspection
	for _, def := range opCtx.Operation.VariableDefinitions {
		path := ast.Path{ast.PathName(def.Variable)}
		if wrong := d.wrongLeaf(def.Type, opCtx.Variables[def.Variable], path); wrong != nil {
			return d.variableError(opCtx.Operation, wrong)
		}
	}
	return nil
}

// wrongLeaf returns the path to a leaf within value that is not of its type, or
// nil.
func (d *documents) wrongLeaf(typ *ast.Type, value any, path ast.Path) ast.Path {
	if value == nil {
		return nil
	}
	if typ.Elem != nil {
		for _, item := range graphql.CoerceList(value) { // gqlparser makes typed lists of single values
			if wrong := d.wrongLeaf(typ.Elem, item, path); wrong != nil {
				return wrong
			}
		}
		return nil
	}
	def := d.schema.Types[typ.Name()]
	if def.Kind != ast.InputObject {
		if isLeaf(def, value) {
			return nil
		}
		return path
	}
	members, _ := value.(map[string]any)
	for _, field := range def.Fields {
		below := append(path[:len(path):len(path)], ast.PathName(field.Name))
		if wrong := d.wrongLeaf(field.Type, members[field.Name], below); wrong != nil {
			return wrong
		}
	}
	return nil
}

// isLeaf reports whether value, which gqlparser let pass, is of the type that def
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
		if !isNumber {
			return true
		}
		_, err := number.Int64()
		return err == nil
	}
	return true
}
