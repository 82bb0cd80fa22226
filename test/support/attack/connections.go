package attack

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// The limits of an operation that attacks on connections use up, and the largest page.
const (
	maxFields     = 200
	maxDepth      = 10
	maxAliases    = 15
	maxRootFields = 10
	maxPage       = "first:100"
)

// connection is a field that returns a page of a list, and the shortest path to it.
type connection struct {
	parent *ast.Definition
	field  *ast.FieldDefinition
	path   []string // the fields above it
}

func (c connection) String() string { return c.parent.Name + "." + c.field.Name }

// page selects the largest page.
func (c connection) page(selection string) string {
	return c.field.Name + "(" + maxPage + "){" + selection + "}"
}

// below returns a selection below the path of c.
func (c connection) below(selection string) string {
	return strings.Join(append(slices.Clone(c.path), ""), "{") + selection + strings.Repeat("}", len(c.path))
}

// isConnection is wider than the server's definition, so that the attacks find a
// connection that the server does not recognize.
func isConnection(def *ast.Definition) bool { return def.Fields.ForName("pageInfo") != nil }

// needsArgument reports whether a field has a required argument other than first.
func needsArgument(field *ast.FieldDefinition) bool {
	return slices.ContainsFunc(field.Arguments, func(a *ast.ArgumentDefinition) bool {
		return a.Name != "first" && a.Type.NonNull && a.DefaultValue == nil
	})
}

// objects returns the fields of def that have fields of their own, with their types.
func objects(schema *ast.Schema, def *ast.Definition) (fields []connection, types []*ast.Definition) {
	for _, field := range def.Fields {
		typ := schema.Types[field.Type.Name()]
		if !typ.IsLeafType() && !strings.HasPrefix(field.Name, "__") && !needsArgument(field) {
			fields, types = append(fields, connection{parent: def, field: field}), append(types, typ)
		}
	}
	return fields, types
}

// reachable returns the connections below a type, but not those below another
// connection.
func reachable(schema *ast.Schema, start *ast.Definition) (found []connection) {
	paths := map[*ast.Definition][]string{start: nil}
	for queue := []*ast.Definition{start}; len(queue) > 0; queue = queue[1:] {
		fields, types := objects(schema, queue[0])
		for i, c := range fields {
			c.path = paths[queue[0]]
			if isConnection(types[i]) {
				found = append(found, c)
			} else if _, seen := paths[types[i]]; !seen {
				paths[types[i]] = append(slices.Clone(c.path), c.field.Name)
				queue = append(queue, types[i])
			}
		}
	}
	return found
}

// connectionsOf returns the connections of a schema. It panics when Query does not
// lead to one of them.
func connectionsOf(schema *ast.Schema) []connection {
	found := reachable(schema, schema.Query)
	for _, def := range schema.Types {
		for _, field := range def.Fields {
			c := connection{parent: def, field: field}
			if isConnection(schema.Types[field.Type.Name()]) && !slices.ContainsFunc(found, func(f connection) bool { return f.String() == c.String() }) {
				panic(fmt.Sprintf("attack: Query does not lead to %v without a required argument or another connection", c))
			}
		}
	}
	return found
}

// entries returns the type of a connection's entries, and what selects them.
func entries(schema *ast.Schema, c connection) (node *ast.Definition, open, closing string) {
	typ := schema.Types[c.field.Type.Name()]
	if nodes := typ.Fields.ForName("nodes"); nodes != nil {
		return schema.Types[nodes.Type.Name()], "nodes{", "}"
	}
	edge := schema.Types[typ.Fields.ForName("edges").Type.Name()]
	return schema.Types[edge.Fields.ForName("node").Type.Name()], "edges{node{", "}}"
}

// Pages returns for each connection of a schema the most expensive operation within
// the limits: two pages whose entries are selected under as many aliases as possible.
func Pages(schema *ast.Schema) (attacks []Attack) {
	for _, c := range connectionsOf(schema) {
		node, open, closing := entries(schema, c)
		perEntry := strings.Count(open, "{")
		rest := (maxFields-len(c.path))/2 - 3 // in each page, without the connection, pageInfo and hasNextPage
		left := rest - perEntry
		entry := widest(schema, node, &left, maxDepth-len(c.path)-1-perEntry)
		copies := min(rest/(rest-left), 1+(maxAliases-1)/2)
		attacks = append(attacks, Attack{
			Name: fmt.Sprintf("lists, two pages of %v up to the limit", c),
			Query: "{" + c.below(c.page("...p")+"a:"+c.page("...p")) + "}" +
				"fragment p on " + c.field.Type.Name() + "{pageInfo{hasNextPage}" + open + "...e" + closing + times(copies-1, "a%d:"+open+"...e"+closing) + "}" +
				"fragment e on " + node.Name + "{" + entry + "}",
		})
	}
	return attacks
}

// widest returns a selection of at most *budget fields and the given depth, and
// subtracts its fields from *budget.
func widest(schema *ast.Schema, def *ast.Definition, budget *int, depth int) string {
	var b strings.Builder
	for _, field := range def.Fields {
		if *budget > 0 && schema.Types[field.Type.Name()].IsLeafType() && !needsArgument(field) {
			*budget--
			b.WriteString(field.Name + " ")
		}
	}
	fields, types := objects(schema, def)
	for i, c := range fields {
		if *budget >= 2 && depth >= 2 && !isConnection(types[i]) {
			*budget--
			b.WriteString(c.field.Name + "{" + widest(schema, types[i], budget, depth-1) + "}")
		}
	}
	if b.Len() == 0 {
		*budget--
		return "__typename"
	}
	return b.String()
}

// lists are attacks on the connections of a schema. Each exceeds a limit of
// connections and no other limit.
func lists(schema *ast.Schema) (attacks []Attack) {
	add := func(query, format string, args ...any) {
		attacks = append(attacks, Attack{Name: "lists, " + fmt.Sprintf(format, args...) + " above the limit", Query: query})
	}
	const shortest = "pageInfo{hasNextPage}"
	for _, c := range connectionsOf(schema) {
		add("{"+c.below(times(maxRootFields, "a%d:"+c.page(shortest)))+"}", "%v under many aliases", c)
		add("{"+c.below(times(maxRootFields, "...f "))+"}fragment f on "+c.parent.Name+"{"+c.page(shortest)+"}", "%v in spreads of a fragment", c)
		node, open, closing := entries(schema, c)
		for _, inner := range reachable(schema, node) {
			add("{"+c.below(c.page(open+inner.below(inner.page(shortest))+closing))+"}", "%v below %v", inner, c)
		}
	}
	return attacks
}
