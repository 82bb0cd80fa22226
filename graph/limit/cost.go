package limit

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

const (
	// most is where counting stops, far above any limit and far below overflow:
	// nested fragments grow as fast as powers of two.
	most = 1 << 30
	// maxNamed is how many fields are counted by their names.
	maxNamed = 8
)

// cost is what a selection set asks for when each fragment stands in the place
// of its spreads.
type cost struct {
	root    int // fields at the root of the set
	fields  int // all of the API's own fields
	depth   int // longest chain of those
	aliases int

	introspectionFields  int // __schema and __type included
	introspectionDepth   int
	introspectionAliases int

	named [maxNamed]int // selections of the fields in Limits.Selections
}

func plus(a, b int) int { return min(a+b, most) }

// add makes c the cost of both sets side by side.
func (c *cost) add(o cost) {
	c.root = plus(c.root, o.root)
	c.fields = plus(c.fields, o.fields)
	c.depth = max(c.depth, o.depth)
	c.aliases = plus(c.aliases, o.aliases)
	c.introspectionFields = plus(c.introspectionFields, o.introspectionFields)
	c.introspectionDepth = max(c.introspectionDepth, o.introspectionDepth)
	c.introspectionAliases = plus(c.introspectionAliases, o.introspectionAliases)
	for i := range c.named {
		c.named[i] = plus(c.named[i], o.named[i])
	}
}

// asIntrospection counts the fields of a set as those of an introspection.
func (c cost) asIntrospection() cost {
	c.introspectionFields = plus(c.introspectionFields, c.fields)
	c.introspectionDepth = max(c.introspectionDepth, c.depth)
	c.introspectionAliases = c.aliases
	c.fields, c.depth = 0, 0
	return c
}

// meter computes the costs of one document. Each fragment is computed once, so
// the work is linear in the document, however often its fragments are spread.
type meter struct {
	limits    Limits
	fragments map[string]*ast.FragmentDefinition
	costs     map[*ast.FragmentDefinition]cost
	open      map[*ast.FragmentDefinition]bool
	cyclic    bool
}

func newMeter(l Limits, doc *ast.QueryDocument) *meter {
	m := &meter{
		limits: l, fragments: make(map[string]*ast.FragmentDefinition),
		costs: make(map[*ast.FragmentDefinition]cost), open: make(map[*ast.FragmentDefinition]bool),
	}
	for _, f := range slices.Backward(doc.Fragments) { // of two with one name the first counts, as in validation
		m.fragments[f.Name] = f
	}
	return m
}

func (m *meter) set(selections ast.SelectionSet) (total cost) {
	for _, selection := range selections {
		switch s := selection.(type) {
		case *ast.Field:
			total.add(m.field(s))
		case *ast.InlineFragment:
			total.add(m.set(s.SelectionSet))
		case *ast.FragmentSpread:
			total.add(m.spread(s))
		}
	}
	return total
}

func (m *meter) field(f *ast.Field) cost {
	c := m.set(f.SelectionSet)
	c.root = 1
	if f.Name == "__schema" || f.Name == "__type" {
		c = c.asIntrospection()
		c.introspectionFields, c.introspectionDepth = plus(c.introspectionFields, 1), plus(c.introspectionDepth, 1)
	} else {
		c.fields, c.depth = plus(c.fields, 1), plus(c.depth, 1)
	}
	if f.Alias != f.Name {
		c.aliases = plus(c.aliases, 1)
	}
	for i, s := range m.limits.Selections {
		if s.Field == f.Name {
			c.named[i] = plus(c.named[i], 1)
		}
	}
	return c
}

// spread counts an unknown fragment as one field: validation refuses it, and
// until then it must not be free.
func (m *meter) spread(s *ast.FragmentSpread) cost {
	if f := m.fragments[s.Name]; f != nil {
		return m.fragment(f)
	}
	return cost{fields: 1}
}

func (m *meter) fragment(f *ast.FragmentDefinition) cost {
	if c, ok := m.costs[f]; ok {
		return c
	}
	if m.open[f] {
		m.cyclic = true
		return cost{}
	}
	m.open[f] = true
	c := m.set(f.SelectionSet)
	delete(m.open, f)
	m.costs[f] = c
	return c
}

// checkDocument checks that a parsed document is small enough to be validated.
// It looks at every operation and every fragment, run or not, because validation
// does so too.
func (l Limits) checkDocument(doc *ast.QueryDocument) error {
	switch {
	case len(doc.Operations) == 0:
		return errNoOperation
	case len(doc.Operations) > l.Operations:
		return exceeded(apperr.TooManyOperations, l.Operations)
	case len(doc.Fragments) > l.Fragments:
		return exceeded(apperr.TooManyFragments, l.Fragments)
	}
	m := newMeter(l, doc)
	for _, f := range doc.Fragments {
		c := m.fragment(f)
		if m.cyclic {
			return errCycle
		}
		if strings.HasPrefix(f.TypeCondition, "__") {
			c = c.asIntrospection() // only __schema and __type can lead there
		}
		if err := l.checkCost(c); err != nil {
			return err
		}
	}
	for _, op := range doc.Operations {
		c := m.set(op.SelectionSet)
		if err := l.checkCost(c); err != nil {
			return err
		}
		if c.root > l.RootFields {
			return exceeded(apperr.TooManyRootFields, l.RootFields)
		}
		if err := l.checkNamed(c, true); err != nil {
			return err
		}
	}
	return nil
}

func (l Limits) checkCost(c cost) error {
	switch {
	case c.introspectionFields > 0 && !l.Introspection:
		return errIntrospection
	case c.depth > l.Depth:
		return exceeded(apperr.TooDeep, l.Depth)
	case c.fields > l.Fields:
		return exceeded(apperr.TooComplex, l.Fields)
	case c.aliases > l.Aliases:
		return exceeded(apperr.TooManyAliases, l.Aliases)
	case c.introspectionDepth > l.IntrospectionDepth:
		return exceeded(apperr.IntrospectionTooDeep, l.IntrospectionDepth)
	case c.introspectionFields > l.IntrospectionFields:
		return exceeded(apperr.IntrospectionTooLarge, l.IntrospectionFields)
	case c.introspectionAliases > l.IntrospectionAliases:
		return exceeded(apperr.IntrospectionTooManyAliases, l.IntrospectionAliases)
	}
	return nil
}

// checkSelections looks for the API's own fields in Limits.Selections. It comes
// after validation, because a refusal that names a field would reveal that the
// schema has it.
func (l Limits) checkSelections(doc *ast.QueryDocument) error {
	m := newMeter(l, doc)
	for _, op := range doc.Operations {
		if err := l.checkNamed(m.set(op.SelectionSet), false); err != nil {
			return err
		}
	}
	return nil
}

// checkNamed checks either the fields of an introspection or all others.
func (l Limits) checkNamed(c cost, introspection bool) error {
	for i, s := range l.Selections {
		if c.named[i] > s.Most && strings.HasPrefix(s.Field, "__") == introspection {
			return exceeded(apperr.IntrospectionTooManyFields, s.Field, s.Most)
		}
	}
	return nil
}
