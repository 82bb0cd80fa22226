package guard

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
)

func TestDocumentIsCheckedOnce(t *testing.T) {
	exec := newExecutor(t, Options{})
	first, errs := exec.document("{me{id}}")
	if errs != nil {
		t.Fatal(errs)
	}
	if second, _ := exec.document("{me{id}}"); second != first {
		t.Error("the same text was parsed again")
	}
}

func TestRefusedDocumentIsNotCached(t *testing.T) {
	exec := newExecutor(t, Options{})
	for _, query := range []string{"{me{nope}}", "{", strings.Repeat("{me", 11) + strings.Repeat("}", 11)} {
		if _, errs := exec.document(query); errs == nil {
			t.Fatalf("%s passed", query)
		}
		if _, ok := exec.cache.get(query); ok {
			t.Errorf("%s is cached", query)
		}
	}
}

func TestDocumentWithASecretIsRunButNotCached(t *testing.T) {
	const in, out = `mutation{login(input:{email:"a@example.com",password:"hunter2"}){token}}`, `){company{id}}}`
	for name, c := range map[string]struct {
		query  string
		cached bool
	}{
		"a password in an object":          {in, false},
		"a new password":                   {`mutation($c:Password!){changePassword(input:{currentPassword:$c,newPassword:"hunter2hunter2"}){token}}`, false},
		"a key":                            {`mutation{setPmsIntegration(input:{provider:BEDS24,apiKey:"hunter2"}` + out, false},
		"a key that is a number":           {`mutation{setPmsIntegration(input:{provider:BEDS24,apiKey:12345}` + out, false},
		"a key in a block string":          {`mutation{setPmsIntegration(input:{provider:BEDS24,apiKey:"""hunter2"""}` + out, false},
		"a key in a fragment":              {`mutation{...f}fragment f on Mutation{setPmsIntegration(input:{provider:BEDS24,apiKey:"hunter2"}){company{id}}}`, false},
		"a key in an inline fragment":      {`mutation{...{setPmsIntegration(input:{provider:BEDS24,apiKey:"hunter2"}){company{id}}}}`, false},
		"a key as the default of a type":   {`mutation($k:ApiKey="hunter2"){setAiIntegration(input:{provider:OPENAI,apiKey:$k}` + out, false},
		"a key in the default of an input": {`mutation($i:SetAiIntegrationInput={provider:OPENAI,apiKey:"hunter2"}){setAiIntegration(input:$i){company{id}}}`, false},
		"an operation that is not run":     {"query a{me{id}} mutation b" + strings.TrimPrefix(in, "mutation"), false},
		"a variable":                       {`mutation($p:Password!){login(input:{email:"a@example.com",password:$p}){token}}`, true},
		"null in place of a key":           {`mutation{setAiIntegration(input:{provider:OPENAI,apiKey:null}` + out, true},
		"a literal that is no secret":      {`mutation{setAiIntegration(input:{provider:OPENAI,model:"m"}` + out, true},
	} {
		t.Run(name, func(t *testing.T) {
			exec := newExecutor(t, Options{})
			if _, errs := exec.document(c.query); errs != nil {
				t.Fatal(errs)
			}
			if _, cached := exec.cache.get(c.query); cached != c.cached {
				t.Errorf("cached: %v", cached)
			}
		})
	}
}

func TestCacheStaysWithinItsEntriesAndBytes(t *testing.T) {
	c, err := newCache(3, 20_000)
	if err != nil {
		t.Fatal(err)
	}
	doc := &ast.QueryDocument{}
	for i := range 5 {
		c.add(fmt.Sprint(i), doc, 1)
		c.get("2") // used, so it stays
	}
	if got := keys(c); got != "3 4 2" && got != "2 3 4" && got != "3 2 4" {
		t.Errorf("kept %q", got)
	}
	c.add("large", doc, 38)
	if c.bytes > 20_000 || c.bytes != 38*tokenBytes+len("large")+cost(c, "large") {
		t.Errorf("counts %d bytes with %q", c.bytes, keys(c))
	}
	before := keys(c)
	c.add("too large", doc, 1000)
	c.add("large", doc, 38)
	if keys(c) != before || c.bytes > 20_000 {
		t.Errorf("an entry that is larger than the cache, or in it already, turned %q into %q", before, keys(c))
	}
}

func keys(c *cache) string { return strings.Join(c.items.Keys(), " ") }

// cost is what all entries but one cost.
func cost(c *cache, but string) int {
	total := 0
	for _, k := range c.items.Keys() {
		if v, _ := c.items.Peek(k); k != but {
			total += v.cost
		}
	}
	return total
}

func TestCacheIsSafeForConcurrentUse(t *testing.T) {
	exec := newExecutor(t, Options{CacheEntries: 4, CacheBytes: 20_000})
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 50 {
				query := fmt.Sprintf("{me{a%d:id}}", (g+i)%9)
				doc, errs := exec.document(query)
				if errs != nil || doc.Operations[0].Name != "" {
					t.Error(errs)
				}
			}
		})
	}
	wg.Wait()
}

func TestTokenBytes(t *testing.T) {
	exec := newExecutor(t, Options{})
	for name, query := range map[string]string{
		"fields":    "{me{" + strings.Repeat("id ", 195) + "}}",
		"typenames": "{me{" + strings.Repeat("__typename ", 195) + "}}",
		"arguments": "{me{" + strings.Repeat("id @skip(if:false)", 40) + "}}",
	} {
		tokens := countTokens(&ast.Source{Input: query}, 1500).count
		const copies = 100
		docs := make([]*ast.QueryDocument, 0, copies)
		before := heap()
		for range copies {
			doc := parse(t, query)
			if errs := exec.validator.Document(doc); errs != nil {
				t.Fatal(errs)
			}
			docs = append(docs, doc)
		}
		per := (heap() - before) / copies / tokens
		t.Logf("%s: %d bytes a token", name, per)
		if per > tokenBytes {
			t.Errorf("%s: a token takes %d bytes, more than the %d that the cache counts", name, per, tokenBytes)
		}
		runtime.KeepAlive(docs)
	}
}

// heap is how many bytes are in use.
func heap() int {
	runtime.GC()
	runtime.GC() // what pools let go in the first run
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}

func BenchmarkDocumentFromCache(b *testing.B) {
	exec := newExecutor(b, Options{})
	const query = "{me{email role companyId passwordChangedAt}}"
	exec.document(query)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			exec.document(query)
		}
	})
}
