package limit

import (
	"os"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// loadSchema reads the product's schema.
var loadSchema = sync.OnceValue(func() *ast.Schema { return extendSchema("") })

// loadSampleSchema returns the product's schema with a list whose entries lead to
// another list.
var loadSampleSchema = sync.OnceValue(func() *ast.Schema {
	return extendSchema(`
		extend type Query { samples(first: Int! = 20): SampleConnection!  samplePage: SamplePage }
		type SampleConnection { edges: [SampleEdge!]!  pageInfo: PageInfo! }
		type SampleEdge { node: User! }
		union SamplePage = SampleConnection | AuditConnection`)
})

func extendSchema(extension string) *ast.Schema {
	text, err := os.ReadFile("../../schema.graphqls")
	if err != nil {
		panic(err)
	}
	return gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(text) + extension})
}

// newExecutor returns an executor without resolvers.
func newExecutor(limits Limits) *Executor {
	return NewExecutor(&graphql.ExecutableSchemaMock{SchemaFunc: loadSchema}, limits)
}

func parse(t testing.TB, query string) *ast.QueryDocument {
	t.Helper()
	doc, err := parser.ParseQuery(&ast.Source{Input: query})
	if err != nil {
		t.Fatalf("document of the test: %v", err)
	}
	return doc
}
