package validation

import (
	"cmp"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/stay-sidekick/profile-server/internal/problem"
)

// maxErrors is how many faults of one document are reported.
const maxErrors = 20

// Validator checks documents and variables against a schema. It is safe for
// concurrent use, for one document at a time per goroutine.
type Validator struct {
	schema *ast.Schema
	rules  []core.Rule
	open   bool
}

// New makes a Validator. Where open is false, every document that does not fit
// gets the same answer: which rule it breaks, where, and how often would tell a
// name that the schema has from one that it has not.
func New(schema *ast.Schema, open bool) *Validator {
	return &Validator{schema: schema, rules: ruleSet(), open: open}
}

// ruleSet is gqlparser's default set without its suggestions: finding similar
// names costs more than all the rest, and this package words its own.
func ruleSet() []core.Rule {
	set := rules.NewDefaultRules()
	for _, quiet := range []struct {
		loud core.Rule
		rule core.Rule
	}{
		{rules.FieldsOnCorrectTypeRule, rules.FieldsOnCorrectTypeRuleWithoutSuggestions},
		{rules.KnownArgumentNamesRule, rules.KnownArgumentNamesRuleWithoutSuggestions},
		{rules.KnownTypeNamesRule, rules.KnownTypeNamesRuleWithoutSuggestions},
		{rules.ScalarLeafsRule, rules.ScalarLeafsRuleWithoutSuggestions},
		{rules.ValuesOfCorrectTypeRule, rules.ValuesOfCorrectTypeRuleWithoutSuggestions},
	} {
		set.ReplaceRule(quiet.loud.Name, quiet.rule.RuleFunc)
	}
	list := []core.Rule{scalarsAreNotNames}
	for name, f := range set.GetInner() {
		list = append(list, core.Rule{Name: name, RuleFunc: f})
	}
	slices.SortFunc(list, func(a, b core.Rule) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// scalarsAreNotNames refuses a bare name, as of an enum, where a custom scalar
// is expected. gqlparser leaves custom scalars alone, and gqlgen would hand the
// name over as if it were a string.
var scalarsAreNotNames = core.Rule{
	Name: "ScalarsAreNotNames",
	RuleFunc: func(events *core.Events, addError core.AddErrFunc) {
		events.OnValue(func(_ *core.Walker, value *ast.Value) {
			def := value.Definition
			if value.Kind == ast.EnumValue && def != nil && def.Kind == ast.Scalar && !def.BuiltIn {
				addError(core.At(value.Position))
			}
		})
	},
}

// Document reports what is wrong with a parsed document, at most 20 faults in
// the order of their places, with the code GRAPHQL_VALIDATION_FAILED; of a
// closed schema, only that something is wrong. A document without faults is
// ready to be executed.
func (v *Validator) Document(doc *ast.QueryDocument) gqlerror.List {
	var seen watcher
	events := &core.Events{}
	seen.watch(events) // before any rule, so that each rule finds the node it is called for
	found := &faults{}
	for _, rule := range v.rules {
		rule.RuleFunc(events, func(options ...core.ErrorOption) {
			found.add(rule.Name, seen.node, options)
		})
	}
	validator.Walk(v.schema, doc, events)
	return v.word(found)
}

func (v *Validator) word(found *faults) gqlerror.List {
	if len(found.list) == 0 {
		return nil
	}
	if !v.open {
		return gqlerror.List{invalid("The document does not fit the schema.", gqlerror.Location{})}
	}
	slices.SortStableFunc(found.list, func(a, b fault) int {
		return cmp.Or(cmp.Compare(a.at.Line, b.at.Line), cmp.Compare(a.at.Column, b.at.Column))
	})
	var errs gqlerror.List
	for _, f := range found.list {
		errs = append(errs, invalid(v.describe(f), f.at))
	}
	return errs
}

func invalid(message string, at gqlerror.Location) *gqlerror.Error {
	if at == (gqlerror.Location{}) {
		return Error(problem.New(problem.ValidationFailed, message))
	}
	return Error(problem.New(problem.ValidationFailed, message), at)
}
