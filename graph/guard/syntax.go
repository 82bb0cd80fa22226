package guard

import "github.com/vektah/gqlparser/v2/ast"

// syntax is what a document holds as it is written, each fragment once: it is
// checked and evaluated where it stands, not where its fragment is spread.
type syntax struct {
	directives int
	deferred   bool // @defer or @stream
	nesting    int  // deepest list or object in a literal, list in a type
}

func scan(doc *ast.QueryDocument) syntax {
	var s syntax
	for _, op := range doc.Operations {
		s.variables(op.VariableDefinitions)
		s.list(op.Directives)
		s.selections(op.SelectionSet)
	}
	for _, f := range doc.Fragments {
		s.variables(f.VariableDefinition)
		s.list(f.Directives)
		s.selections(f.SelectionSet)
	}
	return s
}

func (s *syntax) variables(list ast.VariableDefinitionList) {
	for _, v := range list {
		s.nesting = max(s.nesting, typeNesting(v.Type), valueNesting(v.DefaultValue))
		s.list(v.Directives)
	}
}

func (s *syntax) list(list ast.DirectiveList) {
	s.directives += len(list)
	for _, d := range list {
		if d.Name == "defer" || d.Name == "stream" {
			s.deferred = true
		}
		s.arguments(d.Arguments)
	}
}

func (s *syntax) arguments(list ast.ArgumentList) {
	for _, a := range list {
		s.nesting = max(s.nesting, valueNesting(a.Value))
	}
}

func (s *syntax) selections(set ast.SelectionSet) {
	for _, selection := range set {
		switch n := selection.(type) {
		case *ast.Field:
			s.arguments(n.Arguments)
			s.list(n.Directives)
			s.selections(n.SelectionSet)
		case *ast.InlineFragment:
			s.list(n.Directives)
			s.selections(n.SelectionSet)
		case *ast.FragmentSpread:
			s.list(n.Directives)
		}
	}
}

func valueNesting(v *ast.Value) int {
	if v == nil || v.Kind != ast.ListValue && v.Kind != ast.ObjectValue {
		return 0
	}
	deepest := 0
	for _, child := range v.Children {
		deepest = max(deepest, valueNesting(child.Value))
	}
	return deepest + 1
}

func typeNesting(t *ast.Type) int {
	n := 0
	for ; t != nil && t.Elem != nil; t = t.Elem {
		n++
	}
	return n
}
