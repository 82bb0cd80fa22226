package validation

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// sentences words the rules that need no name of the schema.
var sentences = map[string]string{
	"FragmentsOnCompositeTypes":    "A fragment must be on an object, an interface or a union.",
	"KnownDirectives":              "This directive does not exist or may not be used here.",
	"KnownFragmentNames":           "This fragment is not defined in the document.",
	"KnownRootType":                "The schema has no operation of this kind.",
	"LoneAnonymousOperation":       "An operation without a name must be the only one in the document.",
	"MaxIntrospectionDepth":        "The introspection is nested too deeply.",
	"NoFragmentCycles":             "A fragment must not contain itself.",
	"NoUndefinedVariables":         "This variable is not defined by the operation.",
	"NoUnusedFragments":            "This fragment is never used.",
	"NoUnusedVariables":            "This variable is never used.",
	"OverlappingFieldsCanBeMerged": "Another field has the same name in the answer and is not the same field with the same arguments: use an alias.",
	"PossibleFragmentSpreads":      "This fragment can never apply here.",
	"SingleFieldSubscriptions":     "A subscription must select exactly one field.",
	"UniqueArgumentNames":          "This argument is given twice.",
	"UniqueDirectivesPerLocation":  "This directive may be used only once at a place.",
	"UniqueFragmentNames":          "Another fragment has the same name.",
	"UniqueInputFieldNames":        "This input field is given twice.",
	"UniqueOperationNames":         "Another operation has the same name.",
	"UniqueVariableNames":          "This variable is defined twice.",
	"VariablesAreInputTypes":       "A variable must be of an input type.",
}

// describe words a fault with names of the schema only.
func (v *Validator) describe(f fault) string {
	switch f.rule {
	case "FieldsOnCorrectType":
		return describeField(f.node)
	case "KnownArgumentNames":
		return describeArgument(f.node)
	case "KnownTypeNames":
		return v.describeType(f.node)
	case "ProvidedRequiredArguments":
		return describeMissing(f.node)
	case "ScalarLeafs":
		return describeLeaf(f.node)
	case "ValuesOfCorrectType", "ScalarsAreNotNames":
		return describeValue(f)
	case "VariablesInAllowedPosition":
		return describePosition(f.node)
	}
	if s, ok := sentences[f.rule]; ok {
		return s
	}
	return "The document does not fit the schema at this place."
}

func describeField(node any) string {
	f, ok := node.(*ast.Field)
	if !ok || f.ObjectDefinition == nil {
		return "This field does not exist."
	}
	var options []string
	for _, field := range f.ObjectDefinition.Fields {
		options = append(options, field.Name)
	}
	return "This field does not exist on the type " + f.ObjectDefinition.Name + "." + didYouMean(f.Name, options)
}

func describeArgument(node any) string {
	var known ast.ArgumentDefinitionList
	switch n := node.(type) {
	case *ast.Field:
		known = n.Definition.Arguments
	case *ast.Directive:
		known = n.Definition.Arguments
	}
	if len(known) == 0 {
		return "An argument is given where none exists."
	}
	var options []string
	for _, a := range known {
		options = append(options, a.Name)
	}
	return "An argument is given that does not exist here: use " + list("or", options) + "."
}

func (v *Validator) describeType(node any) string {
	var name string
	switch n := node.(type) {
	case *ast.VariableDefinition:
		name = n.Type.Name()
	case *ast.InlineFragment:
		name = n.TypeCondition
	case *ast.FragmentDefinition:
		name = n.TypeCondition
	}
	var options []string
	for known := range v.schema.Types {
		options = append(options, known)
	}
	return "This type does not exist." + didYouMean(name, options)
}

func describeMissing(node any) string {
	var known ast.ArgumentDefinitionList
	var given ast.ArgumentList
	switch n := node.(type) {
	case *ast.Field:
		known, given = n.Definition.Arguments, n.Arguments
	case *ast.Directive:
		known, given = n.Definition.Arguments, n.Arguments
	}
	var missing []string
	for _, a := range known {
		if a.Type.NonNull && a.DefaultValue == nil && given.ForName(a.Name) == nil {
			missing = append(missing, a.Name+": "+a.Type.String())
		}
	}
	return "A required argument is missing: " + list("and", missing) + "."
}

func describeLeaf(node any) string {
	f, ok := node.(*ast.Field)
	if !ok || f.Definition == nil {
		return "This field needs a selection of fields, or must not have one."
	}
	if len(f.SelectionSet) > 0 {
		return "This field is of the type " + f.Definition.Type.String() + ", which has no fields to select."
	}
	return "This field is of the type " + f.Definition.Type.String() + " and needs a selection of its fields, in braces."
}

func describePosition(node any) string {
	value, ok := node.(*ast.Value)
	if !ok || value.ExpectedType == nil {
		return "This variable is not of the type that is expected here."
	}
	return "This variable is not of the type " + value.ExpectedType.String() + " that is expected here."
}
