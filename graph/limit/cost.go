package limit

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// maxCount is where counting stops, far above any limit and far below overflow.
// Nested fragments grow exponentially.
const maxCount = 1 << 30

// cost is the size of a selection set in which each spread is replaced by its
// fragment.
type cost struct {
	root          int  // fields at the root of the set
	own           size // of all fields except those of introspection, but with all aliases
	introspection size // __schema and __type included

	selected [maxSelections]int // selections of each field in Limits.Selections

	connections int  // connection fields, known after validation
	nested      bool // a connection field is below another one
}

type size struct {
	fields  int
	depth   int // longest chain of fields
	aliases int
}

func plus(a, b int) int { return min(a+b, maxCount) }

func (s *size) add(o size) {
	s.fields = plus(s.fields, o.fields)
	s.depth = max(s.depth, o.depth)
	s.aliases = plus(s.aliases, o.aliases)
}

// add adds the cost of a set beside c.
func (c *cost) add(o cost) {
	c.root = plus(c.root, o.root)
	c.own.add(o.own)
	c.introspection.add(o.introspection)
	for i := range c.selected {
		c.selected[i] = plus(c.selected[i], o.selected[i])
	}
	c.connections = plus(c.connections, o.connections)
	c.nested = c.nested || o.nested
}

// asIntrospection returns c with all fields counted as fields of introspection.
func (c cost) asIntrospection() cost {
	c.introspection.add(size{fields: c.own.fields, depth: c.own.depth})
	c.introspection.aliases = c.own.aliases
	c.own.fields, c.own.depth = 0, 0
	return c
}

// calculator computes the costs of one document, in time linear in its length: it
// computes the cost of each fragment once, no matter how often it is spread.
type calculator struct {
	limits    Limits
	types     connectionTypes
	fragments map[string]*ast.FragmentDefinition
	costs     map[*ast.FragmentDefinition]*cost // nil while it is computed
	cyclic    bool                              // a fragment contains itself
}

func newCalculator(l Limits, types connectionTypes, doc *ast.QueryDocument) *calculator {
	calc := &calculator{
		limits: l, types: types,
		fragments: make(map[string]*ast.FragmentDefinition), costs: make(map[*ast.FragmentDefinition]*cost),
	}
	for _, f := range slices.Backward(doc.Fragments) { // the first of equal names applies, as in validation
		calc.fragments[f.Name] = f
	}
	return calc
}

func (calc *calculator) set(selections ast.SelectionSet) (total cost) {
	for _, selection := range selections {
		switch s := selection.(type) {
		case *ast.Field:
			total.add(calc.field(s))
		case *ast.InlineFragment:
			total.add(calc.set(s.SelectionSet))
		case *ast.FragmentSpread:
			total.add(calc.spread(s))
		}
	}
	return total
}

func (calc *calculator) field(f *ast.Field) cost {
	c := calc.set(f.SelectionSet)
	c.root = 1
	of := &c.own
	if f.Name == "__schema" || f.Name == "__type" {
		c = c.asIntrospection()
		of = &c.introspection
	}
	of.fields, of.depth = plus(of.fields, 1), plus(of.depth, 1)
	if f.Alias != f.Name {
		c.own.aliases = plus(c.own.aliases, 1)
	}
	for i, s := range calc.limits.Selections {
		if s.Field == f.Name {
			c.selected[i] = plus(c.selected[i], 1)
		}
	}
	if f.Definition != nil && calc.types[f.Definition.Type.Name()] {
		c.nested = c.nested || c.connections > 0
		c.connections = plus(c.connections, 1)
	}
	return c
}

// spread counts an unknown fragment as one field. Validation rejects it later; until
// then it must have a cost.
func (calc *calculator) spread(s *ast.FragmentSpread) cost {
	if f := calc.fragments[s.Name]; f != nil {
		return calc.fragment(f)
	}
	return cost{own: size{fields: 1}}
}

func (calc *calculator) fragment(f *ast.FragmentDefinition) cost {
	known, ok := calc.costs[f]
	if known != nil {
		return *known
	}
	if ok {
		calc.cyclic = true
		return cost{}
	}
	calc.costs[f] = nil
	c := calc.set(f.SelectionSet)
	calc.costs[f] = &c
	return c
}

// checkDocument checks that a parsed document is small enough for validation. It
// checks every operation and every fragment, used or not, as validation does.
func (l Limits) checkDocument(doc *ast.QueryDocument) error {
	switch {
	case len(doc.Operations)+len(doc.Fragments) == 0:
		return errEmpty // which the grammar does not allow
	case len(doc.Operations) == 0:
		return errNoOperation
	case len(doc.Operations) > l.Operations:
		return exceeded(apperr.TooManyOperations, l.Operations)
	case len(doc.Fragments) > l.Fragments:
		return exceeded(apperr.TooManyFragments, l.Fragments)
	}
	calc := newCalculator(l, nil, doc)
	for _, f := range doc.Fragments {
		c := calc.fragment(f)
		if calc.cyclic {
			return errCycle
		}
		if strings.HasPrefix(f.TypeCondition, "__") {
			c = c.asIntrospection() // reachable only through __schema and __type
		}
		if err := l.checkCost(c); err != nil {
			return err
		}
	}
	for _, op := range doc.Operations {
		c := calc.set(op.SelectionSet)
		if err := l.checkCost(c); err != nil {
			return err
		}
		if c.root > l.RootFields {
			return exceeded(apperr.TooManyRootFields, l.RootFields)
		}
		if err := l.checkFieldSelections(c, true); err != nil {
			return err
		}
	}
	return nil
}

func (l Limits) checkCost(c cost) error {
	switch {
	case c.introspection.fields > 0 && !l.Introspection:
		return errIntrospection
	case c.own.depth > l.Depth:
		return exceeded(apperr.TooDeep, l.Depth)
	case c.own.fields > l.Fields:
		return exceeded(apperr.TooComplex, l.Fields)
	case c.own.aliases > l.Aliases:
		return exceeded(apperr.TooManyAliases, l.Aliases)
	case c.introspection.depth > l.IntrospectionDepth:
		return exceeded(apperr.IntrospectionTooDeep, l.IntrospectionDepth)
	case c.introspection.fields > l.IntrospectionFields:
		return exceeded(apperr.IntrospectionTooLarge, l.IntrospectionFields)
	case c.introspection.aliases > l.IntrospectionAliases:
		return exceeded(apperr.IntrospectionTooManyAliases, l.IntrospectionAliases)
	}
	return nil
}

// checkSelections checks Limits.Connections, and Limits.Selections except __schema and
// __type. It runs after validation, which sets the definitions of fields, and because
// its errors reveal that the schema has a field.
func (l Limits) checkSelections(doc *ast.QueryDocument, types connectionTypes) error {
	calc := newCalculator(l, types, doc)
	for _, op := range doc.Operations {
		c := calc.set(op.SelectionSet)
		if c.connections > l.Connections {
			return exceeded(apperr.TooManyConnections, l.Connections)
		}
		if c.nested {
			return exceeded(apperr.NestedConnections)
		}
		if err := l.checkFieldSelections(c, false); err != nil {
			return err
		}
	}
	return nil
}

// checkFieldSelections checks Limits.Selections: either __schema and __type, or all
// other fields.
func (l Limits) checkFieldSelections(c cost, introspection bool) error {
	for i, s := range l.Selections {
		if c.selected[i] > s.Most && strings.HasPrefix(s.Field, "__") == introspection {
			return exceeded(apperr.TooManySelections, s.Field, s.Most)
		}
	}
	return nil
}
