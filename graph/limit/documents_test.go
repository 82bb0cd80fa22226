package limit

import (
	"strings"
	"testing"
)

func TestOnlyValidSmallDocumentsWithoutLiteralsAreCached(t *testing.T) {
	const key = `mutation{setPmsIntegration(input:{provider:BEDS24,apiKey:%}){company{id}}}`
	d := newDocuments(loadSchema(), Default())
	for name, c := range map[string]struct {
		query         string
		valid, cached bool
	}{
		"no literal":      {"{me{id}}", true, true},
		"a variable":      {`mutation($e:EmailAddress!,$p:Password!){login(input:{email:$e,password:$p}){token}}`, true, true},
		"null":            {`mutation{setAiIntegration(input:{provider:OPENAI,apiKey:null}){company{id}}}`, true, true},
		"a string":        {strings.Replace(key, "%", `"hunter2"`, 1), true, false},
		"a block string":  {strings.Replace(key, "%", `"""hunter2"""`, 1), true, false},
		"an integer":      {`mutation{saveApartmentColumns(input:{externalId:123,name:0}){company{id}}}`, true, false},
		"a comment":       {"{me{id}} # hunter2", true, false},
		"a long text":     {"{me{id" + strings.Repeat(" ", 8<<10) + "}}", true, false},
		"many tokens":     {"{me{" + strings.Repeat("id@skip(if:false)", 40) + "}}", true, false},
		"an error":        {"{", false, false},
		"a limit":         {strings.Repeat("{me", 11) + strings.Repeat("}", 11), false, false},
		"an unknown name": {"{me{nope}}", false, false},
	} {
		first, errs := d.check(c.query)
		if valid := errs == nil; valid != c.valid {
			t.Errorf("%s: got %v", name, errs)
		}
		if second, _ := d.check(c.query); c.cached != (second != nil && second == first) || c.cached != d.cache.Contains(c.query) {
			t.Errorf("%s: cached: %v", name, !c.cached)
		}
	}
}

// A parsed token must take about the 512 bytes that the size of the cache assumes.
func BenchmarkParsedDocument(b *testing.B) {
	query := "{me{" + strings.Repeat("id ", 195) + "}}"
	b.ReportAllocs()
	for b.Loop() {
		parse(b, query)
	}
}
