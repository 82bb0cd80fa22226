package limit

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// maxErrors is the maximum number of errors per document.
const maxErrors = 20

// ruleSet returns gqlparser's default rules without suggestions, which are more
// expensive than all other validation, and the rules for literals of custom scalars.
func ruleSet() []core.Rule {
	set := rules.NewDefaultRules()
	for name, replacement := range map[string]core.Rule{
		rules.FieldsOnCorrectTypeRule.Name: rules.FieldsOnCorrectTypeRuleWithoutSuggestions,
		rules.KnownArgumentNamesRule.Name:  rules.KnownArgumentNamesRuleWithoutSuggestions,
		rules.KnownTypeNamesRule.Name:      rules.KnownTypeNamesRuleWithoutSuggestions,
		rules.ScalarLeafsRule.Name:         rules.ScalarLeafsRuleWithoutSuggestions,
		rules.ValuesOfCorrectTypeRule.Name: rules.ValuesOfCorrectTypeRuleWithoutSuggestions,
	} {
		set.ReplaceRule(name, replacement.RuleFunc)
	}
	set.AddRule("ScalarsAreNotNames", scalarsAreNotNames)
	set.AddRule("ScalarsFollowTheirRules", scalarsFollowTheirRules)
	set.AddRule("IntsHave32Bits", intsHave32Bits)
	var list []core.Rule
	for name, f := range set.GetInner() {
		list = append(list, core.Rule{Name: name, RuleFunc: f})
	}
	slices.SortFunc(list, func(a, b core.Rule) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// scalarsAreNotNames rejects an enum value where a custom scalar is expected.
// gqlparser does not check custom scalars, and gqlgen would treat it as a string.
func scalarsAreNotNames(events *core.Events, addError core.AddErrFunc) {
	events.OnValue(func(_ *core.Walker, value *ast.Value) {
		def := value.Definition
		if value.Kind == ast.EnumValue && def != nil && def.Kind == ast.Scalar && !def.BuiltIn {
			addError(core.At(value.Position))
		}
	})
}

// scalarsFollowTheirRules rejects a literal that is not a value of its custom scalar
// (GraphQL September 2025, 5.6.1). gqlgen would reject it only when it executes the field.
func scalarsFollowTheirRules(events *core.Events, addError core.AddErrFunc) {
	events.OnValue(func(_ *core.Walker, value *ast.Value) {
		switch {
		case value.Definition == nil || value.ExpectedType == nil || value.ExpectedType.Elem != nil:
			return // an unknown field, or a list, whose items are values of their own
		case value.Kind == ast.Variable || value.Kind == ast.NullValue || value.Kind == ast.EnumValue:
			return
		}
		var given any = json.Number(value.Raw)
		if value.Kind != ast.IntValue && value.Kind != ast.FloatValue {
			given, _ = value.Value(nil) // fails for a number only
		}
		if rule := scalarRule(value.Definition, given); rule != nil {
			err := apperr.New(apperr.BadUserInput, apperr.ValueBreaksRule, value.Definition.Name, rule)
			addError(core.At(value.Position), func(reported *gqlerror.Error) { reported.Err = err })
		}
	})
}

// intsHave32Bits rejects a literal that is too large for an Int (GraphQL September 2025,
// 3.5.1). gqlparser accepts 64 bits.
func intsHave32Bits(events *core.Events, addError core.AddErrFunc) {
	events.OnValue(func(_ *core.Walker, value *ast.Value) {
		def := value.Definition
		if value.Kind == ast.IntValue && def != nil && def.Name == "Int" && !isLeaf(def, json.Number(value.Raw)) {
			addError(core.At(value.Position))
		}
	})
}

// validate returns an error for each violation of a rule. Without introspection it
// returns one general error, because the rule, the location and the number of errors
// would reveal whether the schema has a name. Only the values of custom scalars in a
// document that is otherwise valid have errors of their own.
func (d *documents) validate(doc *ast.QueryDocument) (errs gqlerror.List) {
	general := false
	events := &core.Events{}
	for _, rule := range d.rules {
		rule.RuleFunc(events, func(options ...core.ErrorOption) {
			if len(errs) == maxErrors {
				return // saves the options, which format gqlparser's message
			}
			found := newViolation(rule.Name, options)
			general = general || apperr.CodeOf(found) == apperr.ValidationFailed
			known := slices.ContainsFunc(errs, func(e *gqlerror.Error) bool {
				return e.Rule == found.Rule && slices.Equal(e.Locations, found.Locations)
			})
			if !known { // the walker visits a fragment once for each operation that spreads it
				errs = append(errs, found)
			}
		})
	}
	validator.Walk(d.schema, doc, events)
	if general && !d.limits.Introspection {
		return listOf(apperr.New(apperr.ValidationFailed, apperr.DocumentNotValid))
	}
	slices.SortStableFunc(errs, func(a, b *gqlerror.Error) int {
		return cmp.Or(cmp.Compare(a.Locations[0].Line, b.Locations[0].Line), cmp.Compare(a.Locations[0].Column, b.Locations[0].Column))
	})
	return errs
}

// newViolation returns the error for the client that a rule reports with options: the
// message of the rule, or that of a custom scalar.
func newViolation(rule string, options []core.ErrorOption) *gqlerror.Error {
	reported := gqlerror.Error{Err: apperr.New(apperr.ValidationFailed, cmp.Or(apperr.RuleMessages[rule], apperr.DocumentNotValid))}
	for _, option := range options {
		option(&reported)
	}
	violation := asGraphQL(reported.Err, append(reported.Locations, gqlerror.Location{})[0]) // 0:0 without a location
	violation.Rule = rule
	return violation
}
