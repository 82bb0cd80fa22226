package rest

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/scalar"
)

// variable is a field of a request body, with its GraphQL type.
type variable struct {
	name     string
	typeName string
	nonNull  bool
	optional bool
	// directives are those of the arguments and input fields whose value it is.
	directives ast.DirectiveList
	// enumValues are in the schema's order; nil for a scalar.
	enumValues []string
}

func newVariable(definition *ast.VariableDefinition, schema *ast.Schema, directives ast.DirectiveList) (variable, error) {
	v := variable{
		name:       definition.Variable,
		typeName:   definition.Type.NamedType,
		nonNull:    definition.Type.NonNull,
		optional:   !definition.Type.NonNull || definition.DefaultValue != nil,
		directives: directives,
	}
	declared := schema.Types[v.typeName] // nil for a list, which has no name
	switch {
	case declared == nil:
		return v, errors.New("a list type is not supported")
	case declared.Kind == ast.Enum:
		for _, value := range declared.EnumValues {
			v.enumValues = append(v.enumValues, value.Name)
		}
		return v, nil
	}
	if _, ok := errors.AsType[*apperr.Error](v.check(nil)); !ok {
		return v, errors.New(v.typeName + " is neither a custom scalar that checks its values nor an integer with @range")
	}
	return v, nil
}

// check returns an *apperr.Error unless value is valid for the scalar or the @range of
// the variable.
func (v variable) check(value any) error {
	ranges := v.directives.ForNames("range")
	if len(ranges) == 0 {
		return scalar.Check(v.typeName, value)
	}
	for _, directive := range ranges {
		limits := directive.ArgumentMap(nil)
		if _, err := scalar.Integer(value, int(limits["min"].(int64)), int(limits["max"].(int64))); err != nil {
			return err
		}
	}
	return nil
}

// inputDirectives returns the directives of the arguments and input fields whose value
// is a variable, by the name of the variable.
func inputDirectives(set ast.SelectionSet) map[string]ast.DirectiveList {
	found := make(map[string]ast.DirectiveList)
	var visit func(value *ast.Value, directives ast.DirectiveList)
	visit = func(value *ast.Value, directives ast.DirectiveList) {
		if value.Kind == ast.Variable {
			found[value.Raw] = append(found[value.Raw], directives...)
		}
		for _, child := range value.Children {
			var directives ast.DirectiveList
			if value.Kind == ast.ObjectValue {
				directives = value.Definition.Fields.ForName(child.Name).Directives
			}
			visit(child.Value, directives)
		}
	}
	for _, selection := range set {
		if field, ok := selection.(*ast.Field); ok {
			for _, argument := range field.Arguments {
				visit(argument.Value, field.Definition.Arguments.ForName(argument.Name).Directives)
			}
			for name, directives := range inputDirectives(field.SelectionSet) {
				found[name] = append(found[name], directives...)
			}
		}
	}
	return found
}

// coerce turns a request body into the document's variables. Its error reports all
// invalid fields and the first maxUnknownFields unknown ones; lenient ignores
// unknown fields. An absent field stays absent, so that the document's default
// applies.
func (d *document) coerce(body object, lenient bool) (object, error) {
	variables := make(object, len(d.variables))
	unknown := maps.Clone(body)
	var errs *httpError
	for _, v := range d.variables {
		value, given := body[v.name]
		delete(unknown, v.name)
		if !given {
			if !v.optional {
				errs = errs.add(fieldError(v.name, apperr.MustBePresent.In(language)))
			}
			continue
		}
		coerced, message := v.coerce(value)
		if message != "" {
			errs = errs.add(fieldError(v.name, message))
		}
		variables[v.name] = coerced
	}
	if !lenient {
		errs = errs.add(unknownFieldErrors(slices.Sorted(maps.Keys(unknown))))
	}
	if errs != nil {
		return nil, errs
	}
	return variables, nil
}

// Limits on what an error message repeats of the client's own field names.
const (
	maxUnknownFields  = 10
	maxNameCharacters = 64
)

// unknownFieldErrors rejects fields that the document does not know; nil if there
// are none.
func unknownFieldErrors(names []string) (errs *httpError) {
	for _, name := range names[:min(len(names), maxUnknownFields)] {
		errs = errs.add(fieldError(truncateName(name), apperr.UnknownField.In(language)))
	}
	if more := len(names) - maxUnknownFields; more > 0 {
		errs.messages = append(errs.messages, apperr.MoreUnknownFields.In(language, more))
	}
	return errs
}

func truncateName(name string) string {
	if characters := []rune(name); len(characters) > maxNameCharacters {
		return string(characters[:maxNameCharacters]) + "…"
	}
	return name
}

// coerce returns the value of the variable, or a message that says what it must
// be.
func (v variable) coerce(value any) (coerced any, message string) {
	switch {
	case value == nil && v.nonNull:
		return nil, apperr.MustNotBeNull.In(language)
	case value == nil:
		return nil, ""
	case v.enumValues != nil:
		return v.coerceEnum(value)
	}
	if err, ok := errors.AsType[*apperr.Error](v.check(value)); ok {
		return nil, err.Text(language)
	}
	return value, ""
}

// coerceEnum accepts the names of an enum's values in lower case only.
func (v variable) coerceEnum(value any) (coerced any, message string) {
	for _, name := range v.enumValues {
		if value == strings.ToLower(name) {
			return name, ""
		}
	}
	return nil, apperr.MustBeOneOf.In(language, strings.ToLower(strings.Join(v.enumValues, ", ")))
}
