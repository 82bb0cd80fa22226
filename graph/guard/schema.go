package guard

import (
	"maps"

	"github.com/vektah/gqlparser/v2/ast"
)

// WithoutDefer returns schema without the directive @defer, which gqlparser
// adds to every schema and no transport here supports, so that introspection
// does not offer it. The types are shared with schema, which stays as it is.
func WithoutDefer(schema *ast.Schema) *ast.Schema {
	reduced := *schema
	reduced.Directives = maps.Clone(schema.Directives)
	delete(reduced.Directives, "defer")
	return &reduced
}
