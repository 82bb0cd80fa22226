package limit

import (
	"context"
	"fmt"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator/core"
)

const (
	// These bound the cache of documents. A token takes about 512 bytes once it
	// is parsed, so the cache takes at most 17 MiB.
	cacheEntries = 128
	cacheTokens  = 250
	cacheBytes   = 8 << 10 // of a text
)

// documents checks the documents of requests. It is also the query cache of
// gqlgen's executor, to which it hands over what it has checked. It is safe for
// concurrent use.
type documents struct {
	schema *ast.Schema
	limits Limits
	rules  []core.Rule
	cache  *lru.Cache[string, *ast.QueryDocument]
}

func newDocuments(schema *ast.Schema, limits Limits) *documents {
	if len(limits.Selections) > maxNamed {
		panic(fmt.Sprintf("limit: more than %d names in Limits.Selections", maxNamed))
	}
	cache, err := lru.New[string, *ast.QueryDocument](cacheEntries)
	if err != nil {
		panic(err) // only a size below 1 is refused
	}
	return &documents{schema: schema, limits: limits, rules: ruleSet(), cache: cache}
}

// check parses, limits and validates a document. Each error carries a
// *apperr.Error with the code GRAPHQL_PARSE_FAILED, COMPLEXITY_LIMIT_EXCEEDED,
// or GRAPHQL_VALIDATION_FAILED, of which there are at most 20, in the order of
// their locations. No message quotes the document.
//
// A small document without a string, a number or a comment is cached: these may
// hold a password or an API key.
func (d *documents) check(query string) (*ast.QueryDocument, gqlerror.List) {
	if doc, ok := d.cache.Get(query); ok {
		return doc, nil
	}
	source := &ast.Source{Input: query}
	t := scan(source, d.limits.Tokens)
	if err := d.limits.checkTokens(t); err != nil {
		return nil, listOf(err)
	}
	doc, err := parser.ParseQuery(source)
	if err != nil {
		return nil, gqlerror.List{parseError(err)}
	}
	if err := d.limits.checkDocument(doc); err != nil {
		return nil, listOf(err)
	}
	if errs := d.validate(doc); len(errs) > 0 {
		return nil, errs
	}
	if err := d.limits.checkSelections(doc); err != nil {
		return nil, listOf(err)
	}
	if !t.literal && t.count <= cacheTokens && len(query) <= cacheBytes {
		d.cache.Add(query, doc)
	}
	return doc, nil
}

type documentKey struct{}

// withDocument returns a context in which the executor finds the checked document
// of its request.
func withDocument(ctx context.Context, doc *ast.QueryDocument) context.Context {
	return context.WithValue(ctx, documentKey{}, doc)
}

// Get is the executor's question for a parsed and validated document.
func (d *documents) Get(ctx context.Context, _ string) (*ast.QueryDocument, bool) {
	doc, ok := ctx.Value(documentKey{}).(*ast.QueryDocument)
	return doc, ok
}

// Add does nothing: check fills the cache.
func (d *documents) Add(context.Context, string, *ast.QueryDocument) {}
