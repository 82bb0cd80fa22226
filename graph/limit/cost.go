package limit

import (
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
}

// calculator computes the costs of one document, in time linear in its length: it
// computes the cost of each fragment once, no matter how often it is spread.
type calculator struct {
	fragments ast.FragmentDefinitionList
	costs     map[*ast.FragmentDefinition]*cost // nil while it is computed
	cyclic    bool                              // a fragment contains itself
}

// set computes the cost of a selection set. below says whether it is below __schema or
// __type.
func (calc *calculator) set(selections ast.SelectionSet, below bool) (total cost) {
	for _, selection := range selections {
		switch s := selection.(type) {
		case *ast.Field:
			total.add(calc.field(s, below))
		case *ast.InlineFragment:
			total.add(calc.set(s.SelectionSet, below))
		case *ast.FragmentSpread:
			total.add(calc.fragment(calc.fragments.ForName(s.Name)))
		}
	}
	return total
}

func (calc *calculator) field(f *ast.Field, below bool) cost {
	introspection := below || f.Name == "__schema" || f.Name == "__type"
	c := calc.set(f.SelectionSet, introspection)
	c.root = 1
	of := &c.own
	if introspection {
		of = &c.introspection
	}
	of.fields, of.depth = plus(of.fields, 1), plus(of.depth, 1)
	if f.Alias != f.Name {
		c.own.aliases = plus(c.own.aliases, 1)
		if below {
			c.introspection.aliases = plus(c.introspection.aliases, 1)
		}
	}
	return c
}

// fragment counts an unknown fragment, nil, as one field. Validation rejects it later;
// until then it must have a cost.
func (calc *calculator) fragment(f *ast.FragmentDefinition) cost {
	if f == nil {
		return cost{own: size{fields: 1}}
	}
	known, ok := calc.costs[f]
	if known != nil {
		return *known
	}
	if ok {
		calc.cyclic = true
		return cost{}
	}
	calc.costs[f] = nil
	c := calc.set(f.SelectionSet, strings.HasPrefix(f.TypeCondition, "__")) // types that only __schema and __type have
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
	calc := &calculator{fragments: doc.Fragments, costs: make(map[*ast.FragmentDefinition]*cost)}
	for _, f := range doc.Fragments {
		c := calc.fragment(f)
		if calc.cyclic {
			return errCycle
		}
		if err := l.checkCost(c); err != nil {
			return err
		}
	}
	for _, op := range doc.Operations {
		c := calc.set(op.SelectionSet, false)
		if err := l.checkCost(c); err != nil {
			return err
		}
		if c.root > l.RootFields {
			return exceeded(apperr.TooManyRootFields, l.RootFields)
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
