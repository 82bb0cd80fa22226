package rest

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/scalar"
)

// variable is a field of a request body, with its GraphQL type.
type variable struct {
	*ast.VariableDefinition
	// directives are those of the arguments and input fields whose value it is.
	directives ast.DirectiveList
}

// validate returns an error if check does not support the type.
func (v variable) validate() error {
	if _, ok := errors.AsType[*apperr.Error](v.check(nil)); ok || v.isEnum() {
		return nil
	}
	return fmt.Errorf("$%s: %s is neither an enum, nor a custom scalar that checks its values, nor an integer with @range", v.Variable, v.Type)
}

func (v variable) isEnum() bool { return v.Type.Elem == nil && v.Definition.Kind == ast.Enum }

// check returns an *apperr.Error unless value is valid for the scalar or the @range of
// the variable.
func (v variable) check(value any) error {
	ranges := v.directives.ForNames("range")
	if len(ranges) == 0 {
		return scalar.Check(v.Type.NamedType, value) // a list has no name
	}
	for _, directive := range ranges {
		limits := directive.ArgumentMap(nil)
		if _, err := scalar.Integer(value, int(limits["min"].(int64)), int(limits["max"].(int64))); err != nil {
			return err
		}
	}
	return nil
}

// coerce turns a request body into the document's variables. Its error reports all
// invalid fields and the first maxUnknownFields unknown ones; lenient ignores
// unknown fields. An absent field stays absent, so that the document's default
// applies.
func (d *document) coerce(body object, lenient bool) (object, error) {
	variables := make(object, len(d.variables))
	unknown := maps.Clone(body)
	var messages []string
	for _, v := range d.variables {
		value, given := body[v.Variable]
		delete(unknown, v.Variable)
		if given || v.Type.NonNull && v.DefaultValue == nil {
			coerced, message := v.coerce(value, given)
			if message != "" {
				messages = append(messages, v.Variable+": "+message)
			}
			variables[v.Variable] = coerced
		}
	}
	if !lenient {
		messages = append(messages, unknownFieldMessages(slices.Sorted(maps.Keys(unknown)))...)
	}
	if len(messages) > 0 {
		return nil, &httpError{status: http.StatusUnprocessableEntity, messages: messages}
	}
	return variables, nil
}

// Limits on what an error message repeats of the client's own field names.
const (
	maxUnknownFields  = 10
	maxNameCharacters = 64
)

// unknownFieldMessages rejects fields that the document does not know.
func unknownFieldMessages(names []string) (messages []string) {
	for _, name := range names[:min(len(names), maxUnknownFields)] {
		messages = append(messages, truncateName(name)+": "+apperr.UnknownField.In(language))
	}
	if more := len(names) - maxUnknownFields; more > 0 {
		messages = append(messages, apperr.MoreUnknownFields.In(language, more))
	}
	return messages
}

func truncateName(name string) string {
	if characters := []rune(name); len(characters) > maxNameCharacters {
		return string(characters[:maxNameCharacters]) + "…"
	}
	return name
}

// coerce returns the value of the variable, or a message that says what it must
// be.
func (v variable) coerce(value any, given bool) (coerced any, message string) {
	switch {
	case !given:
		return nil, apperr.MustBePresent.In(language)
	case value == nil && v.Type.NonNull:
		return nil, apperr.MustNotBeNull.In(language)
	case value == nil:
		return nil, ""
	case v.isEnum():
		return v.coerceEnum(value)
	}
	if err, ok := errors.AsType[*apperr.Error](v.check(value)); ok {
		return nil, err.Text(language)
	}
	return value, ""
}

// coerceEnum accepts the names of an enum's values in lower case only.
func (v variable) coerceEnum(value any) (coerced any, message string) {
	var names []string
	for _, allowed := range v.Definition.EnumValues {
		name := strings.ToLower(allowed.Name)
		if value == name {
			return allowed.Name, ""
		}
		names = append(names, name)
	}
	return nil, apperr.MustBeOneOf.In(language, strings.Join(names, ", "))
}
