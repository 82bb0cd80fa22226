package guard

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
var loadSchema = sync.OnceValue(func() *ast.Schema {
	text, err := os.ReadFile("../../schema.graphqls")
	if err != nil {
		panic(err)
	}
	return gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(text)})
})

var secretTypes = []string{"Password", "NewPassword", "ApiKey"}

// newExecutor checks documents against the product's schema; what they would
// do is none of this package's business, so nothing is resolved.
func newExecutor(t testing.TB, o Options) *Executor {
	t.Helper()
	if o.Limits.Tokens == 0 {
		o.Limits = DefaultLimits()
	}
	o.SecretTypes = secretTypes
	o.Present, o.Recover = graphql.DefaultErrorPresenter, graphql.DefaultRecover
	exec, err := NewExecutor(&graphql.ExecutableSchemaMock{SchemaFunc: loadSchema}, o)
	if err != nil {
		t.Fatal(err)
	}
	return exec
}

func parse(t testing.TB, query string) *ast.QueryDocument {
	t.Helper()
	doc, err := parser.ParseQuery(&ast.Source{Input: query})
	if err != nil {
		t.Fatalf("the test's own document does not parse: %v", err)
	}
	return doc
}
