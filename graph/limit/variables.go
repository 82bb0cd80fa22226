package limit

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/scalar"
)

// describe replaces the messages of gqlgen's executor for a checked document: an
// operation that cannot be determined, and a variable that gqlparser rejects, which is
// BAD_USER_INPUT. It does not change errors of extensions.
func (d *documents) describe(opCtx *graphql.OperationContext, errs gqlerror.List) gqlerror.List {
	for i, err := range errs {
		switch {
		case opCtx.Doc != nil && opCtx.Operation == nil:
			errs[i] = asGraphQL(errOperation)
		case len(err.Path) > 1 && err.Path[0] == ast.PathName("variable"):
			errs[i] = d.variableError(opCtx.Operation, err.Path[1:], nil)
		}
	}
	return errs
}

// variableError returns the error for a value at a path, which begins with the name of
// the variable, that does not fit its type, or that the rule of its scalar rejects. The
// error has no path, which would be a path in the response. Its message names what the
// schema expects at the path, and no unknown name of that path. Without introspection it
// does so only for a custom scalar, whose field the schema is known to have.
func (d *documents) variableError(op *ast.OperationDefinition, path ast.Path, rule *apperr.Error) *gqlerror.Error {
	name, _ := path[0].(ast.PathName)
	def := op.VariableDefinitions.ForName(string(name))
	if def == nil || !d.limits.Introspection && rule == nil {
		return asGraphQL(apperr.New(apperr.BadUserInput, apperr.VariableNotValid))
	}
	return asGraphQL(d.expected(def.Type, path[1:], rule), locationOf(def.Position))
}

// expected returns the error that names the type which the schema expects at the path of
// a wrong value, or the rule of its scalar. typ is the type of the variable.
func (d *documents) expected(typ *ast.Type, path ast.Path, rule *apperr.Error) *apperr.Error {
	where := ""
	for _, step := range path {
		name, isName := step.(ast.PathName)
		if !isName {
			continue // an element of a list
		}
		field := d.schema.Types[typ.Name()].Fields.ForName(string(name)) // only input objects have fields
		if field == nil {
			return apperr.New(apperr.BadUserInput, apperr.VariableHasNoField, typ.Name())
		}
		where, typ = typ.Name()+"."+field.Name, field.Type
	}
	if rule != nil {
		return apperr.New(apperr.BadUserInput, apperr.ValueBreaksRule, cmp.Or(where, typ.Name()), rule)
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

// MutateOperationContext enables introspection if the limits do; gqlgen disables it
// by default. It rejects variables that gqlparser accepts wrongly. gqlparser does not
// check custom scalars, which gqlgen would reject only when it executes a field. It
// ignores the case of enum values, for which generated code would return an error that
// quotes the value. As it sees json.Number, it accepts strings for numbers and numbers
// for strings. It accepts an Int of 64 bits, and any members for a @oneOf object.
func (d *documents) MutateOperationContext(ctx context.Context, opCtx *graphql.OperationContext) *gqlerror.Error {
	if doc, _ := d.Get(ctx, opCtx.RawQuery); doc != opCtx.Doc {
		return asGraphQL(errUnchecked)
	}
	opCtx.DisableIntrospection = !d.limits.Introspection
	for _, def := range opCtx.Operation.VariableDefinitions {
		path := ast.Path{ast.PathName(def.Variable)}
		if wrong, rule := d.wrongLeaf(def.Type, opCtx.Variables[def.Variable], path); wrong != nil {
			return d.variableError(opCtx.Operation, wrong, rule)
		}
	}
	return rejectNulls(opCtx)
}

// wrongLeaf returns the path of the first leaf of value that is not of its type, or nil,
// and the rule of the custom scalar that rejects it, if any.
func (d *documents) wrongLeaf(typ *ast.Type, value any, path ast.Path) (ast.Path, *apperr.Error) {
	if value == nil {
		return nil, nil
	}
	if typ.Elem != nil {
		for _, item := range graphql.CoerceList(value) { // gqlparser coerces a single value to a typed list
			if wrong, rule := d.wrongLeaf(typ.Elem, item, path); wrong != nil {
				return wrong, rule
			}
		}
		return nil, nil
	}
	def := d.schema.Types[typ.Name()]
	if def.Kind != ast.InputObject {
		if rule := scalarRule(def, value); rule != nil || !isLeaf(def, value) {
			return path, rule
		}
		return nil, nil
	}
	members, _ := value.(map[string]any)
	if def.Directives.ForName("oneOf") != nil && !isOneOf(members) {
		return path, nil
	}
	for _, field := range def.Fields {
		below := append(path[:len(path):len(path)], ast.PathName(field.Name))
		if wrong, rule := d.wrongLeaf(field.Type, members[field.Name], below); wrong != nil {
			return wrong, rule
		}
	}
	return nil, nil
}

// isOneOf reports whether exactly one member is given, and is not null (GraphQL
// September 2025, "OneOf Input Objects").
func isOneOf(members map[string]any) bool {
	for _, member := range members {
		return len(members) == 1 && member != nil
	}
	return false
}

// scalarRule returns the rule of a custom scalar that rejects value, or nil.
func scalarRule(def *ast.Definition, value any) *apperr.Error {
	if def.Kind != ast.Scalar || def.BuiltIn {
		return nil
	}
	rule, _ := errors.AsType[*apperr.Error](scalar.Check(def.Name, value))
	return rule
}

// isLeaf reports whether value, which gqlparser accepted, is of the type def, an enum or
// a built-in scalar.
func isLeaf(def *ast.Definition, value any) bool {
	text, isText := value.(string)
	switch {
	case def.Kind == ast.Enum:
		return isText && def.EnumValues.ForName(text) != nil
	case def.Name == "String":
		return isText
	case def.Name == "Int":
		_, err := strconv.ParseInt(fmt.Sprint(value), 10, 32)
		return !isText && err == nil
	case def.Name == "Float":
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
