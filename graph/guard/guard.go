// Package guard lets a GraphQL document through to the schema only when it is
// small enough, whatever it spells out to once its fragments are in place.
//
// A document is attacked in what it costs to validate and to run, so the guard
// works on what the parser returns, in time linear in the document: Check before
// validation, and what depends on names of the schema, CheckFields, after it. It
// replaces gqlgen's ComplexityLimit, which walks a fragment again for every
// spread: 800 bytes of nested fragments keep it busy for half a second.
package guard

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/stay-sidekick/profile-server/internal/problem"
)

const (
	schemaBit names = 1 << iota
	typeBit
	firstOnceBit
)

var (
	errNoOperation = problem.New(problem.ValidationFailed, "The document holds no operation.")
	errDefer       = problem.New(problem.ValidationFailed, "The directives @defer and @stream are not supported.")
	errIntrospect  = problem.New(problem.ValidationFailed, "Introspection is switched off on this server.")
)

// Guard checks documents against limits. It is safe for concurrent use.
type Guard struct {
	limits Limits
	once   map[string]names
}

// New makes a Guard. It panics when limits.Once is too long, which is a
// mistake in the program.
func New(limits Limits) *Guard {
	if len(limits.Once) > 62 {
		panic("guard: more than 62 names in Limits.Once")
	}
	once := map[string]names{"__schema": schemaBit, "__type": typeBit}
	for i, name := range limits.Once {
		once[name] = firstOnceBit << i
	}
	return &Guard{limits: limits, once: once}
}

func (g *Guard) bit(name string) names { return g.once[name] }

// Check tells whether a parsed document is small enough to be validated. It
// looks at every operation and every fragment, run or not, because validation
// does so too. The error is a *problem.Error that quotes nothing of the
// document, with the code COMPLEXITY_LIMIT_EXCEEDED, or
// GRAPHQL_VALIDATION_FAILED for what no limit could ever admit: no operation, a
// fragment within itself, @defer, and introspection when it is off.
func (g *Guard) Check(doc *ast.QueryDocument) error {
	if len(doc.Operations) == 0 {
		return errNoOperation
	}
	if len(doc.Operations) > g.limits.Operations {
		return exceeded("The document holds more than %d operations.", g.limits.Operations)
	}
	if len(doc.Fragments) > g.limits.Fragments {
		return exceeded("The document holds more than %d fragments.", g.limits.Fragments)
	}
	if err := g.checkSyntax(scan(doc)); err != nil {
		return err
	}
	return g.checkSelections(doc)
}

// checkSyntax refuses @defer and @stream because gqlparser's built-in schema
// knows @defer and nothing here could deliver the rest of the answer.
func (g *Guard) checkSyntax(s syntax) error {
	switch {
	case s.deferred:
		return errDefer
	case s.directives > g.limits.Directives:
		return exceeded("The document holds more than %d directives.", g.limits.Directives)
	case s.nesting > g.limits.Nesting:
		return exceeded("A value or a type is nested deeper than %d levels.", g.limits.Nesting)
	}
	return nil
}

// checkSelections measures every fragment, in use or not, and every operation.
func (g *Guard) checkSelections(doc *ast.QueryDocument) error {
	m := g.meter(doc)
	for _, f := range doc.Fragments {
		s := m.fragment(f)
		if m.cyclic {
			return errCycle
		}
		if strings.HasPrefix(f.TypeCondition, "__") {
			s = s.asIntrospection() // only __schema and __type can lead there
		}
		if err := g.checkSize(s); err != nil {
			return err
		}
	}
	for _, op := range doc.Operations {
		if err := g.checkOperation(m.set(op.SelectionSet)); err != nil {
			return err
		}
	}
	return nil
}

// CheckFields tells whether a valid document selects the fields named in the
// limits as often as it may; the error is as that of Check. It comes after
// validation, because a refusal that names a field would tell that the schema
// has it. Fragments that no operation spreads are not valid.
func (g *Guard) CheckFields(doc *ast.QueryDocument) error {
	m := g.meter(doc)
	for _, op := range doc.Operations {
		s := m.set(op.SelectionSet)
		if s.lists > g.limits.Lists {
			return exceeded("An operation may select %s only %d times.", strings.Join(g.limits.ListFields, ", "), g.limits.Lists)
		}
		for i, name := range g.limits.Once {
			if s.twice&(firstOnceBit<<i) != 0 {
				return exceeded("An operation may select %s only once.", name)
			}
		}
	}
	return nil
}

// checkOperation adds to checkSize what only counts at the top of an operation.
func (g *Guard) checkOperation(s size) error {
	if err := g.checkSize(s); err != nil {
		return err
	}
	if s.root > g.limits.RootFields {
		return exceeded("The operation selects more than %d root fields.", g.limits.RootFields)
	}
	if s.twice&(schemaBit|typeBit) != 0 {
		return exceeded("An operation may select __schema and __type only once each.")
	}
	return nil
}

func (g *Guard) checkSize(s size) error {
	l := g.limits
	switch {
	case s.introFields > 0 && !l.Introspection:
		return errIntrospect
	case s.depth > l.Depth:
		return exceeded("The fields are nested deeper than %d levels.", l.Depth)
	case s.fields > l.Fields:
		return exceeded("The complexity is above %d: each selected field costs 1, also in each use of a fragment.", l.Fields)
	case s.aliases > l.Aliases:
		return exceeded("More than %d fields have an alias.", l.Aliases)
	case s.introDepth > l.IntrospectionDepth:
		return exceeded("The introspection is nested deeper than %d levels.", l.IntrospectionDepth)
	case s.introFields > l.IntrospectionFields:
		return exceeded("The introspection selects more than %d fields.", l.IntrospectionFields)
	case s.introAliases > l.IntrospectionAliases:
		return exceeded("More than %d fields of the introspection have an alias.", l.IntrospectionAliases)
	}
	return nil
}

func exceeded(format string, args ...any) error {
	return problem.New(problem.ComplexityLimitExceeded, fmt.Sprintf(format, args...))
}
