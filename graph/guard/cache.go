package guard

import (
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/vektah/gqlparser/v2/ast"
)

// cache keeps checked documents by their text, the least recently used leaves
// first. It is bounded in entries and in bytes and is safe for concurrent use.
type cache struct {
	maxBytes int

	mu    sync.Mutex
	bytes int
	items *simplelru.LRU[string, cached]
}

type cached struct {
	doc  *ast.QueryDocument
	cost int
}

// tokenBytes is what a token of a document takes in memory once it is parsed;
// TestTokenBytes measures it.
const tokenBytes = 512

func newCache(entries, bytes int) (*cache, error) {
	c := &cache{maxBytes: bytes}
	items, err := simplelru.NewLRU(entries, func(_ string, v cached) { c.bytes -= v.cost })
	c.items = items
	return c, err
}

func (c *cache) get(query string) (*ast.QueryDocument, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.items.Get(query)
	return v.doc, ok
}

// add keeps a document of so many tokens, unless it is larger than the cache.
func (c *cache) add(query string, doc *ast.QueryDocument, tokens int) {
	cost := len(query) + tokens*tokenBytes
	c.mu.Lock()
	defer c.mu.Unlock()
	if cost > c.maxBytes || c.items.Contains(query) {
		return
	}
	c.items.Add(query, cached{doc: doc, cost: cost})
	c.bytes += cost
	for c.bytes > c.maxBytes {
		c.items.RemoveOldest()
	}
}
