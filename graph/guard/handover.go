package guard

import (
	"context"

	"github.com/vektah/gqlparser/v2/ast"
)

// handOver gives gqlgen's executor the document that was checked for this
// request. It takes the place of the query cache because that is the only way
// to pass a document in.
type handOver struct{}

type documentKey struct{}

type checked struct {
	query string
	doc   *ast.QueryDocument
}

func withDocument(ctx context.Context, query string, doc *ast.QueryDocument) context.Context {
	return context.WithValue(ctx, documentKey{}, checked{query: query, doc: doc})
}

// Get finds the document only under its own text: a request whose query was
// changed on the way has not been checked.
func (handOver) Get(ctx context.Context, query string) (*ast.QueryDocument, bool) {
	c, ok := ctx.Value(documentKey{}).(checked)
	if !ok || c.query != query {
		return nil, false
	}
	return c.doc, true
}

// Add keeps nothing; the Executor has a cache of its own.
func (handOver) Add(context.Context, string, *ast.QueryDocument) {}
