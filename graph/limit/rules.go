package limit

import (
	"cmp"
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
// expensive than all other validation, and scalarsAreNotNames.
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

// broken is a violation of a rule at a location.
type broken struct {
	rule string
	at   gqlerror.Location
}

// validate returns an error for each violation of a rule. Without introspection it
// returns one general error, because the rule, the location and the number of errors
// would reveal whether the schema has a name.
func (d *documents) validate(doc *ast.QueryDocument) gqlerror.List {
	var found []broken
	events := &core.Events{}
	for _, rule := range d.rules {
		rule.RuleFunc(events, func(options ...core.ErrorOption) {
			if len(found) == maxErrors {
				return // saves the options, which format gqlparser's message
			}
			b := broken{rule: rule.Name, at: locationFrom(options)}
			if !slices.Contains(found, b) { // the walker visits a fragment once for each operation that spreads it
				found = append(found, b)
			}
		})
	}
	validator.Walk(d.schema, doc, events)
	if len(found) == 0 {
		return nil
	}
	if !d.limits.Introspection {
		return listOf(apperr.New(apperr.ValidationFailed, apperr.DocumentNotValid))
	}
	slices.SortStableFunc(found, func(a, b broken) int {
		return cmp.Or(cmp.Compare(a.at.Line, b.at.Line), cmp.Compare(a.at.Column, b.at.Column))
	})
	var errs gqlerror.List
	for _, b := range found {
		errs = append(errs, asGraphQL(apperr.New(apperr.ValidationFailed, cmp.Or(apperr.RuleMessages[b.rule], apperr.DocumentNotValid)), b.at))
	}
	return errs
}

// locationFrom returns the first location that a rule reports.
func locationFrom(options []core.ErrorOption) (at gqlerror.Location) {
	var reported gqlerror.Error
	for _, option := range options {
		option(&reported)
	}
	if len(reported.Locations) > 0 {
		at = reported.Locations[0]
	}
	return at
}
