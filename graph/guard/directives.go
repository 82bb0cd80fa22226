package guard

import "github.com/vektah/gqlparser/v2/ast"

// checkDirectives counts the directives of a document as they are written:
// each is checked and evaluated where it stands, not where its fragment is
// spread. @defer and @stream are refused, since gqlparser's built-in schema
// knows @defer and no transport here could deliver the rest of the answer.
func (g *Guard) checkDirectives(doc *ast.QueryDocument) error {
	var c directiveCount
	for _, op := range doc.Operations {
		c.add(op.Directives)
		c.variables(op.VariableDefinitions)
		c.selections(op.SelectionSet)
	}
	for _, f := range doc.Fragments {
		c.add(f.Directives)
		c.variables(f.VariableDefinition)
		c.selections(f.SelectionSet)
	}
	if c.deferred {
		return errDefer
	}
	if c.total > g.limits.Directives {
		return exceeded("The document holds more than %d directives.", g.limits.Directives)
	}
	return nil
}

type directiveCount struct {
	total    int
	deferred bool
}

func (c *directiveCount) add(list ast.DirectiveList) {
	c.total += len(list)
	for _, d := range list {
		if d.Name == "defer" || d.Name == "stream" {
			c.deferred = true
		}
	}
}

func (c *directiveCount) variables(list ast.VariableDefinitionList) {
	for _, v := range list {
		c.add(v.Directives)
	}
}

func (c *directiveCount) selections(set ast.SelectionSet) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			c.add(s.Directives)
			c.selections(s.SelectionSet)
		case *ast.InlineFragment:
			c.add(s.Directives)
			c.selections(s.SelectionSet)
		case *ast.FragmentSpread:
			c.add(s.Directives)
		}
	}
}
