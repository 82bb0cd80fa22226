package validation

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// maxTyped is the longest name that suggestions are looked up for, in bytes.
const maxTyped = 40

func describeValue(f fault) string {
	value, ok := f.node.(*ast.Value)
	if !ok || value.ExpectedType == nil || value.Definition == nil {
		return "This value is not of the type that is expected here."
	}
	switch {
	case value.Definition.Kind == ast.Enum:
		return "This is not a value of the enum " + value.Definition.Name + ": use " + list("or", enumValues(value.Definition)) + "."
	case value.Kind == ast.ObjectValue && value.Definition.Kind == ast.InputObject:
		return describeObject(value, f.at)
	}
	return "A value of the type " + value.ExpectedType.String() + " is expected here."
}

// describeObject tells an unknown input field from a missing one by its place.
func describeObject(value *ast.Value, at gqlerror.Location) string {
	for _, child := range value.Children {
		if child.Position != nil && child.Position.Line == at.Line && child.Position.Column == at.Column {
			return describeInputField(value.Definition, child.Name)
		}
	}
	var missing []string
	for _, field := range value.Definition.Fields {
		if field.Type.NonNull && field.DefaultValue == nil && value.Children.ForName(field.Name) == nil {
			missing = append(missing, field.Name)
		}
	}
	if len(missing) == 0 {
		return "A value of the type " + value.ExpectedType.String() + " is expected here."
	}
	return "The input object " + value.Definition.Name + " needs " + list("and", missing) + "."
}

func describeInputField(def *ast.Definition, typed string) string {
	var options []string
	for _, field := range def.Fields {
		options = append(options, field.Name)
	}
	return "This field does not exist on the input object " + def.Name + "." + didYouMean(typed, options)
}

func enumValues(def *ast.Definition) []string {
	var names []string
	for _, value := range def.EnumValues {
		names = append(names, value.Name)
	}
	return names
}

// didYouMean suggests names of the schema that resemble what was typed.
func didYouMean(typed string, options []string) string {
	if len(typed) > maxTyped {
		return ""
	}
	slices.Sort(options) // equally good ones in a fixed order
	found := core.SuggestionList(typed, options)
	if len(found) == 0 {
		return ""
	}
	return " Did you mean " + list("or", found) + "?"
}

// list joins at most five names with word before the last.
func list(word string, items []string) string {
	if len(items) > 5 {
		items = append(slices.Clone(items[:5]), "another")
	}
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	last := len(items) - 1
	return strings.Join(items[:last], ", ") + " " + word + " " + items[last]
}
