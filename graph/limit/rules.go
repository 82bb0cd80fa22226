package limit

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strconv"

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
		if value.Kind != ast.IntValue || value.Definition == nil || value.Definition.Name != "Int" {
			return
		}
		if _, err := strconv.ParseInt(value.Raw, 10, 32); err != nil {
			addError(core.At(value.Position))
		}
	})
}

// broken is a violation of a rule at a location.
type broken struct {
	rule string
	at   gqlerror.Location
	err  *apperr.Error // of a custom scalar; nil for the message of the rule
}

// error returns the error for the client.
func (b broken) error() *gqlerror.Error {
	err := b.err
	if err == nil {
		err = apperr.New(apperr.ValidationFailed, cmp.Or(apperr.RuleMessages[b.rule], apperr.DocumentNotValid))
	}
	return asGraphQL(err, b.at)
}

// validate returns an error for each violation of a rule. Without introspection it
// returns one general error, because the rule, the location and the number of errors
// would reveal whether the schema has a name. Only the values of custom scalars in a
// document that is otherwise valid have errors of their own.
func (d *documents) validate(doc *ast.QueryDocument) gqlerror.List {
	var found []broken
	events := &core.Events{}
	for _, rule := range d.rules {
		rule.RuleFunc(events, func(options ...core.ErrorOption) {
			if len(found) == maxErrors {
				return // saves the options, which format gqlparser's message
			}
			b := newBroken(rule.Name, options)
			known := slices.ContainsFunc(found, func(f broken) bool { return f.rule == b.rule && f.at == b.at })
			if !known { // the walker visits a fragment once for each operation that spreads it
				found = append(found, b)
			}
		})
	}
	validator.Walk(d.schema, doc, events)
	if len(found) == 0 {
		return nil
	}
	isGeneral := func(b broken) bool { return b.err == nil }
	if !d.limits.Introspection && slices.ContainsFunc(found, isGeneral) {
		return listOf(apperr.New(apperr.ValidationFailed, apperr.DocumentNotValid))
	}
	slices.SortStableFunc(found, func(a, b broken) int {
		return cmp.Or(cmp.Compare(a.at.Line, b.at.Line), cmp.Compare(a.at.Column, b.at.Column))
	})
	var errs gqlerror.List
	for _, b := range found {
		errs = append(errs, b.error())
	}
	return errs
}

// newBroken returns the violation that a rule reports with options.
func newBroken(rule string, options []core.ErrorOption) broken {
	var reported gqlerror.Error
	for _, option := range options {
		option(&reported)
	}
	b := broken{rule: rule}
	b.err, _ = errors.AsType[*apperr.Error](reported.Err)
	if len(reported.Locations) > 0 {
		b.at = reported.Locations[0]
	}
	return b
}
