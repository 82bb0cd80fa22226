package guard

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/stay-sidekick/profile-server/internal/problem"
)

var errCycle = problem.New(problem.ValidationFailed, "A fragment must not contain itself.")

// meter measures the selection sets of one document. Every fragment is
// measured once, so the work is linear in the document, however often its
// fragments are spread.
type meter struct {
	guard     *Guard
	fragments map[string]*ast.FragmentDefinition
	measured  map[*ast.FragmentDefinition]size
	open      map[*ast.FragmentDefinition]bool
	cyclic    bool
}

func (g *Guard) meter(doc *ast.QueryDocument) *meter {
	m := &meter{guard: g}
	if len(doc.Fragments) == 0 {
		return m
	}
	m.fragments = make(map[string]*ast.FragmentDefinition, len(doc.Fragments))
	m.measured = make(map[*ast.FragmentDefinition]size, len(doc.Fragments))
	m.open = make(map[*ast.FragmentDefinition]bool)
	for _, f := range doc.Fragments {
		if m.fragments[f.Name] == nil { // of two with one name the first counts, as in validation
			m.fragments[f.Name] = f
		}
	}
	return m
}

func (m *meter) set(selections ast.SelectionSet) size {
	var total size
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

func (m *meter) field(f *ast.Field) size {
	inner := m.set(f.SelectionSet)
	var s size
	if f.Name == "__schema" || f.Name == "__type" {
		s = inner.introspected()
	} else {
		s = inner.below()
	}
	s.seen = m.guard.bit(f.Name)
	if f.Alias != f.Name {
		s.aliases = plus(s.aliases, 1)
	}
	if slices.Contains(m.guard.limits.ListFields, f.Name) {
		s.lists = plus(s.lists, 1)
	}
	return s
}

// spread counts an unknown fragment as one field: validation refuses it, and
// until then it must not be free.
func (m *meter) spread(s *ast.FragmentSpread) size {
	f := m.fragments[s.Name]
	if f == nil {
		return size{fields: 1}
	}
	return m.fragment(f)
}

func (m *meter) fragment(f *ast.FragmentDefinition) size {
	if s, ok := m.measured[f]; ok {
		return s
	}
	if m.open[f] {
		m.cyclic = true
		return size{}
	}
	m.open[f] = true
	s := m.set(f.SelectionSet)
	delete(m.open, f)
	m.measured[f] = s
	return s
}
