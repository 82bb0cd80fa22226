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

// variable is a field of a body, with the rules of its GraphQL type.
type variable struct {
	name     string
	typeName string
	nonNull  bool
	optional bool
	// names are those of an enum's values, in the schema's order; nil for a
	// scalar.
	names []string
}

func newVariable(definition *ast.VariableDefinition, schema *ast.Schema) (variable, error) {
	v := variable{
		name:     definition.Variable,
		typeName: definition.Type.NamedType,
		nonNull:  definition.Type.NonNull,
		optional: !definition.Type.NonNull || definition.DefaultValue != nil,
	}
	declared := schema.Types[v.typeName] // nil for a list, which has no name
	switch {
	case declared == nil:
		return v, errors.New("a list cannot be a field of a body")
	case declared.Kind == ast.Enum:
		for _, value := range declared.EnumValues {
			v.names = append(v.names, value.Name)
		}
		return v, nil
	}
	if _, ok := errors.AsType[*apperr.Error](scalar.Check(v.typeName, nil)); !ok {
		return v, errors.New(v.typeName + " is no type that carries the rules of its values")
	}
	return v, nil
}

// coerce turns a body into the document's variables. Its error names every
// field that is wrong, those included that the document does not know (the
// first of them, if there are many). Absent fields stay absent: the document
// says what that means.
func (d *document) coerce(body object, lenient bool) (object, error) {
	variables := make(object, len(d.variables))
	unknown := maps.Clone(body)
	var wrong *httpError
	for _, v := range d.variables {
		value, given := body[v.name]
		delete(unknown, v.name)
		if !given {
			if !v.optional {
				wrong = wrong.add(invalid(v.name, apperr.MustBePresent.In(language)))
			}
			continue
		}
		coerced, message := v.coerce(value)
		if message != "" {
			wrong = wrong.add(invalid(v.name, message))
		}
		variables[v.name] = coerced
	}
	if !lenient {
		wrong = wrong.add(rejectUnknown(slices.Sorted(maps.Keys(unknown))))
	}
	if wrong != nil {
		return nil, wrong
	}
	return variables, nil
}

// Names that nobody knows are the client's own: what it is told of them is
// bounded.
const (
	maxUnknownNames   = 10
	maxNameCharacters = 64
)

// rejectUnknown is about fields that the document does not know; nil when there
// are none.
func rejectUnknown(names []string) (wrong *httpError) {
	for _, name := range names[:min(len(names), maxUnknownNames)] {
		wrong = wrong.add(invalid(shortened(name), apperr.UnknownField.In(language)))
	}
	if more := len(names) - maxUnknownNames; more > 0 {
		wrong.messages = append(wrong.messages, apperr.MoreUnknownFields.In(language, more))
	}
	return wrong
}

func shortened(name string) string {
	if characters := []rune(name); len(characters) > maxNameCharacters {
		return string(characters[:maxNameCharacters]) + "…"
	}
	return name
}

// coerce returns the value of the variable, or a message that says what is
// wrong with it.
func (v variable) coerce(value any) (coerced any, message string) {
	switch {
	case value == nil && v.nonNull:
		return nil, apperr.MustNotBeNull.In(language)
	case value == nil:
		return nil, ""
	case v.names != nil:
		return v.coerceEnum(value)
	}
	if err, ok := errors.AsType[*apperr.Error](scalar.Check(v.typeName, value)); ok {
		return nil, err.Text(language)
	}
	return value, ""
}

// coerceEnum takes the names of an enum's values in lower case, as the legacy
// callers write them, and in no other.
func (v variable) coerceEnum(value any) (coerced any, message string) {
	for _, name := range v.names {
		if value == strings.ToLower(name) {
			return name, ""
		}
	}
	return nil, mustBeOneOf(v.names)
}
