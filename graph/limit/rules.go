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

// maxErrors is how many errors of one document are reported.
const maxErrors = 20

// ruleSet is gqlparser's default set without its suggestions, which cost more
// than all the rest, and scalarsAreNotNames.
func ruleSet() []core.Rule {
	set := rules.NewDefaultRules()
	for loud, quiet := range map[string]core.Rule{
		rules.FieldsOnCorrectTypeRule.Name: rules.FieldsOnCorrectTypeRuleWithoutSuggestions,
		rules.KnownArgumentNamesRule.Name:  rules.KnownArgumentNamesRuleWithoutSuggestions,
		rules.KnownTypeNamesRule.Name:      rules.KnownTypeNamesRuleWithoutSuggestions,
		rules.ScalarLeafsRule.Name:         rules.ScalarLeafsRuleWithoutSuggestions,
		rules.ValuesOfCorrectTypeRule.Name: rules.ValuesOfCorrectTypeRuleWithoutSuggestions,
	} {
		set.ReplaceRule(loud, quiet.RuleFunc)
	}
	set.AddRule("ScalarsAreNotNames", scalarsAreNotNames)
	var list []core.Rule
	for name, f := range set.GetInner() {
		list = append(list, core.Rule{Name: name, RuleFunc: f})
	}
	slices.SortFunc(list, func(a, b core.Rule) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// scalarsAreNotNames refuses a bare name, as of an enum, where a custom scalar
// is expected. gqlparser leaves custom scalars alone, and gqlgen would take the
// name for a string.
func scalarsAreNotNames(events *core.Events, addError core.AddErrFunc) {
	events.OnValue(func(_ *core.Walker, value *ast.Value) {
		def := value.Definition
		if value.Kind == ast.EnumValue && def != nil && def.Kind == ast.Scalar && !def.BuiltIn {
			addError(core.At(value.Position))
		}
	})
}

// broken is a rule that is broken at a place.
type broken struct {
	rule string
	at   gqlerror.Location
}

// validate returns an error for each rule that is broken at a place. Without
// introspection it is one sentence, because the rule, the place and the number
// of errors would tell a name that the schema has from one that it has not.
func (d *documents) validate(doc *ast.QueryDocument) gqlerror.List {
	var found []broken
	events := &core.Events{}
	for _, rule := range d.rules {
		rule.RuleFunc(events, func(options ...core.ErrorOption) {
			if len(found) == maxErrors {
				return // every option formats a part of gqlparser's message
			}
			b := broken{rule: rule.Name, at: locationFrom(options)}
			if !slices.Contains(found, b) { // a fragment is visited for each operation that spreads it
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
		err := apperr.New(apperr.ValidationFailed, cmp.Or(apperr.RuleMessages[b.rule], apperr.DocumentNotValid))
		if b.at == (gqlerror.Location{}) {
			errs = append(errs, asGraphQL(err))
		} else {
			errs = append(errs, asGraphQL(err, b.at))
		}
	}
	return errs
}

// locationFrom is the first location that a rule reports, zero for none.
func locationFrom(options []core.ErrorOption) gqlerror.Location {
	var reported gqlerror.Error
	for _, option := range options {
		option(&reported)
	}
	if len(reported.Locations) == 0 {
		return gqlerror.Location{}
	}
	return reported.Locations[0]
}
