package limit

import (
	"context"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator/core"
)

const (
	// The size of the document cache. A parsed token takes about 512 bytes, so the
	// cache takes at most 17 MiB.
	cacheEntries = 128
	cacheTokens  = 250
	cacheBytes   = 8 << 10 // of source text
)

// documents checks and caches the documents of requests. It passes checked documents
// to gqlgen's executor as its query cache. It is safe for concurrent use.
type documents struct {
	schema *ast.Schema
	limits Limits
	rules  []core.Rule
	cache  *lru.Cache[string, *ast.QueryDocument]
}

func newDocuments(schema *ast.Schema, limits Limits) *documents {
	cache, err := lru.New[string, *ast.QueryDocument](cacheEntries)
	if err != nil {
		panic(err) // only for a size below 1
	}
	return &documents{schema: schema, limits: limits, rules: ruleSet(), cache: cache}
}

// check parses a document, checks its limits and validates it. Each error wraps an
// *apperr.Error with the code GRAPHQL_PARSE_FAILED, COMPLEXITY_LIMIT_EXCEEDED or
// GRAPHQL_VALIDATION_FAILED. There are at most 20 validation errors, ordered by
// location. No message quotes the document.
//
// Only small documents are cached, and none with a string, a number or a comment,
// which may contain a password or an API key.
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
	if err := d.limits.checkSelections(d.schema, doc); err != nil {
		return nil, listOf(err)
	}
	if !t.literal && t.count <= cacheTokens && len(query) <= cacheBytes {
		d.cache.Add(query, doc)
	}
	return doc, nil
}

// documentKey is the key of the checked document in the context of a request.
type documentKey struct{}

// Get returns the checked document in ctx. gqlgen's executor calls it.
func (d *documents) Get(ctx context.Context, _ string) (*ast.QueryDocument, bool) {
	doc, ok := ctx.Value(documentKey{}).(*ast.QueryDocument)
	return doc, ok
}

// Add does nothing, because check fills the cache.
func (d *documents) Add(context.Context, string, *ast.QueryDocument) {}
