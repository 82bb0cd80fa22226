package guard

import "github.com/vektah/gqlparser/v2/ast"

// secretFinder looks in a validated document for a value that is written out
// where the schema expects one of its secret types. Such a document runs, but
// its text must not stay in memory or get into a log.
type secretFinder struct {
	types map[string]bool
}

func newSecretFinder(typeNames []string) secretFinder {
	types := make(map[string]bool, len(typeNames))
	for _, name := range typeNames {
		types[name] = true
	}
	return secretFinder{types: types}
}

func (f secretFinder) document(doc *ast.QueryDocument) bool {
	for _, op := range doc.Operations {
		if f.variables(op.VariableDefinitions) || f.directives(op.Directives) || f.selections(op.SelectionSet) {
			return true
		}
	}
	for _, fragment := range doc.Fragments {
		if f.directives(fragment.Directives) || f.selections(fragment.SelectionSet) {
			return true
		}
	}
	return false
}

func (f secretFinder) variables(list ast.VariableDefinitionList) bool {
	for _, v := range list {
		if f.value(v.DefaultValue) || f.directives(v.Directives) {
			return true
		}
	}
	return false
}

func (f secretFinder) directives(list ast.DirectiveList) bool {
	for _, d := range list {
		if f.arguments(d.Arguments) {
			return true
		}
	}
	return false
}

func (f secretFinder) selections(set ast.SelectionSet) bool {
	for _, selection := range set {
		if f.selection(selection) {
			return true
		}
	}
	return false
}

func (f secretFinder) selection(selection ast.Selection) bool {
	switch s := selection.(type) {
	case *ast.Field:
		return f.arguments(s.Arguments) || f.directives(s.Directives) || f.selections(s.SelectionSet)
	case *ast.InlineFragment:
		return f.directives(s.Directives) || f.selections(s.SelectionSet)
	case *ast.FragmentSpread:
		return f.directives(s.Directives)
	}
	return false
}

func (f secretFinder) arguments(list ast.ArgumentList) bool {
	for _, a := range list {
		if f.value(a.Value) {
			return true
		}
	}
	return false
}

func (f secretFinder) value(v *ast.Value) bool {
	switch {
	case v == nil || v.Kind == ast.Variable || v.Kind == ast.NullValue:
		return false
	case v.Definition != nil && f.types[v.Definition.Name]:
		return true
	}
	for _, child := range v.Children {
		if f.value(child.Value) {
			return true
		}
	}
	return false
}
