package limit

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
)

func TestDocumentIsCheckedOnce(t *testing.T) {
	d := newDocuments(loadSchema(), Default())
	first, errs := d.check("{me{id}}")
	if errs != nil {
		t.Fatal(errs)
	}
	if second, _ := d.check("{me{id}}"); second != first {
		t.Error("the same text was parsed again")
	}
}

func TestRejectedDocumentIsNotCached(t *testing.T) {
	d := newDocuments(loadSchema(), Default())
	for _, query := range []string{"{me{nope}}", "{", strings.Repeat("{me", 11) + strings.Repeat("}", 11)} {
		if _, errs := d.check(query); errs == nil {
			t.Fatalf("%s passed", query)
		}
		if d.cache.Contains(query) {
			t.Errorf("%s is cached", query)
		}
	}
}

func TestDocumentWithALiteralIsNotCached(t *testing.T) {
	const in, out = `mutation{login(input:{email:"a@example.com",password:"hunter2"}){token}}`, `){company{id}}}`
	for name, c := range map[string]struct {
		query  string
		cached bool
	}{
		"a password in an object":           {in, false},
		"a new password":                    {`mutation($c:Password!){changePassword(input:{currentPassword:$c,newPassword:"hunter2hunter2"}){token}}`, false},
		"a key":                             {`mutation{setPmsIntegration(input:{provider:BEDS24,apiKey:"hunter2"}` + out, false},
		"a number":                          {`mutation{saveApartmentColumns(input:{externalId:123,name:0}` + out, false},
		"a key in a block string":           {`mutation{setPmsIntegration(input:{provider:BEDS24,apiKey:"""hunter2"""}` + out, false},
		"a key in a fragment":               {`mutation{...f}fragment f on Mutation{setPmsIntegration(input:{provider:BEDS24,apiKey:"hunter2"}){company{id}}}`, false},
		"a key in an inline fragment":       {`mutation{...{setPmsIntegration(input:{provider:BEDS24,apiKey:"hunter2"}){company{id}}}}`, false},
		"a key as the default of a type":    {`mutation($k:ApiKey="hunter2"){setAiIntegration(input:{provider:OPENAI,apiKey:$k}` + out, false},
		"a key in the default of an input":  {`mutation($i:SetAiIntegrationInput={provider:OPENAI,apiKey:"hunter2"}){setAiIntegration(input:$i){company{id}}}`, false},
		"an operation that is not executed": {"query a{me{id}} mutation b" + strings.TrimPrefix(in, "mutation"), false},
		"a variable":                        {`mutation($e:EmailAddress!,$p:Password!){login(input:{email:$e,password:$p}){token}}`, true},
		"null in place of a key":            {`mutation{setAiIntegration(input:{provider:OPENAI,apiKey:null}` + out, true},
		"any other string":                  {`mutation{setAiIntegration(input:{provider:OPENAI,model:"m"}` + out, false},
		"a comment":                         {"{me{id}} # hunter2", false},
		"a long text":                       {"{me{id" + strings.Repeat(" ", 8<<10) + "}}", false},
		"a large document":                  {"{me{" + strings.Repeat("id ", 199) + strings.Repeat("#\n", 60) + "}}", false},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDocuments(loadSchema(), Default())
			if _, errs := d.check(c.query); errs != nil {
				t.Fatal(errs)
			}
			if cached := d.cache.Contains(c.query); cached != c.cached {
				t.Errorf("cached: %v", cached)
			}
		})
	}
}

func TestCacheIsSafeForConcurrentUse(t *testing.T) {
	d := newDocuments(loadSchema(), Default())
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 50 {
				query := fmt.Sprintf("{me{a%d:id}}", (g+i)%9)
				doc, errs := d.check(query)
				if errs != nil || doc.Operations[0].Name != "" {
					t.Error(errs)
				}
			}
		})
	}
	wg.Wait()
}

func TestParsedTokenTakesAtMost512Bytes(t *testing.T) {
	d := newDocuments(loadSchema(), Default())
	for name, query := range map[string]string{
		"fields":    "{me{" + strings.Repeat("id ", 195) + "}}",
		"typenames": "{me{" + strings.Repeat("__typename ", 195) + "}}",
		"arguments": "{me{" + strings.Repeat("id @skip(if:false)", 40) + "}}",
	} {
		tokens := scan(&ast.Source{Input: query}, 1500).count
		const copies = 100
		docs := make([]*ast.QueryDocument, 0, copies)
		before := heapBytes()
		for range copies {
			doc := parse(t, query)
			if errs := d.validate(doc); errs != nil {
				t.Fatal(errs)
			}
			docs = append(docs, doc)
		}
		per := (heapBytes() - before) / copies / tokens
		t.Logf("%s: %d bytes a token", name, per)
		if per > 512 {
			t.Errorf("%s: a parsed token takes %d bytes, and the cache assumes 512", name, per)
		}
		runtime.KeepAlive(docs)
	}
}

// heapBytes returns the size of the heap in use.
func heapBytes() int {
	runtime.GC()
	runtime.GC() // frees what sync.Pool kept during the first
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}

func BenchmarkDocumentFromCache(b *testing.B) {
	d := newDocuments(loadSchema(), Default())
	const query = "{me{email role companyId passwordChangedAt}}"
	d.check(query)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			d.check(query)
		}
	})
}
