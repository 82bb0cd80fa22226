package attack

import (
	"fmt"
	"strings"
)

// fragments are attacks on code that follows spreads.
func fragments() []Attack {
	long := strings.Repeat("x", 40<<10)
	return []Attack{
		{Name: "fragment bomb", Query: "{...f0}" + chain(50, "...f%d ...f%d", "me{id}")},
		{Name: "fragment bomb below a field", Query: "{me{...f0}}" + chainOn("User", 50, "company{name} ...f%d ...f%d", "id")},
		{Name: "fragment bomb, a grid of layers", Query: "{...f0x0}" + grid(7, 7)},
		{Name: "fragments in a long chain", Query: "{...f0}" + chain(50, "...f%d", "me{id}")},
		{Name: "fragments in a longer chain", Query: "{...f0}" + chain(180, "...f%d", "me{id}")},
		{Name: "fragments in a long chain, not used", Query: "{me{id}}" + chain(50, "...f%d", "me{id}")},
		{Name: "fragments in a long chain that ends in long unknown names", Query: "{me{...f0}}" + chainOn("User", 50, "...f%d", times(150, strings.Repeat("n", 96)+"%d "))},
		{Name: "fragments in a long chain that ends in many fields", Query: "{me{...f0}}" + chainOn("User", 50, "...f%d", times(190, "id "))},
		{Name: "fragments in a long chain that ends in one long literal", Query: "mutation{...f0}" + chainOn("Mutation", 50, "...f%d", `login(input:"`+long+`"){token}`)},
		{Name: "fragments in a long chain that ends in a deep list", Query: "mutation{...f0}" + chainOn("Mutation", 50, "...f%d", "login(input:"+nested(500, "[", "1", "]")+"){token}")},
		{Name: "fragments in a long chain that ends in a deep list of a long text", Query: "mutation{...f0}" + chainOn("Mutation", 50, "...f%d", "login(input:"+nested(490, "[", `"`+long+`"`, "]")+"){token}")},
		{Name: "fragments in a long chain that ends in a wide object", Query: "mutation{...f0}" + chainOn("Mutation", 50, "...f%d", "login(input:{"+times(350, "f%d:1 ")+"}){token}")},
		{Name: "fragments in a long chain that ends in an unknown type", Query: "{...f0}" + chain(50, "...f%d", "... on "+strings.Repeat("x", 100)+"{me{id}}")},
		{Name: "fragments that contain themselves", Query: "{...f0}" + times(50, "fragment f%d on Query{...f%d}")},
		{Name: "fragments in a circle", Query: "{...f0}" + chain(50, "...f%d", "...f0")},
		{Name: "fragments in a circle below a field", Query: "{me{...f0}}" + chainOn("User", 120, "company{id} ...f%d", "...f0")},
		{Name: "fragments that all have one name", Query: "{...f}" + times(145, "fragment f on Query{me{id}}")},
		{Name: "fragments on an unknown long type", Query: "{...f}fragment f on " + strings.Repeat("T", maxBytes-100) + "{a}"},
		{Name: "spreads of unknown fragments", Query: "{" + times(740, "...f%d ") + "}"},
		{Name: "spreads of one fragment", Query: "{" + times(740, "...f ") + "}fragment f on Query{me{id}}"},
		{Name: "inline fragments, nested", Query: nested(290, "{...on Query", "{me{id}}", "}")},
		{Name: "inline fragments, nested at the end of a chain", Query: "{...f0}" + chain(50, "...f%d", nested(210, "...on Query{", "me{id}", "}"))},
		{Name: "operations that share fragments", Query: times(20, "query q%d{...f0}") + chain(50, "...f%d", "me{id}")},
		{Name: "operations, each with the most fields", Query: times(20, "query q%d{"+times(10, "me{id id id}")+"}")},
		{Name: "operations, many", Query: times(180, "query q%d{me{id}}")},
	}
}

// chain returns n fragments on Query. Each contains link, in which %d is the index
// of the next fragment; the last one contains end.
func chain(n int, link, end string) string { return chainOn("Query", n, link, end) }

func chainOn(typ string, n int, link, end string) string {
	var b strings.Builder
	for i := range n {
		body := strings.ReplaceAll(link, "%d", fmt.Sprint(i+1))
		if i == n-1 {
			body = end
		}
		fmt.Fprintf(&b, "fragment f%d on %s{%s}", i, typ, body)
	}
	return b.String()
}

// grid returns layers of fragments, each of which spreads all fragments of the
// next layer.
func grid(layers, width int) string {
	var b strings.Builder
	for l := range layers {
		for w := range width {
			body := "me{id}"
			if l < layers-1 {
				body = times(min(width, (maxTokens/(layers*width)-6)/2), fmt.Sprintf("...f%dx%%d ", l+1))
			}
			fmt.Fprintf(&b, "fragment f%dx%d on Query{%s}", l, w, body)
		}
	}
	return b.String()
}

// fields are attacks on the comparison of fields and on execution.
func fields() []Attack {
	return []Attack{
		{Name: "fields, 10,000 aliases", Query: "{" + times(10_000, "a:me ") + "}"},
		{Name: "fields, the longest pages up to the limit", Query: "{me{company{auditLog(first:100){...p}a:auditLog(first:100){...p}}}}" +
			"fragment p on AuditConnection{edges{cursor node{...e}}nodes{...e}pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}" +
			"fragment e on AuditEntry{id at kind actor address requestId changes{field old new}}"},
		{Name: "fields, 15 aliases of the widest selection", Query: "{" + times(10, "a%d:me{id email role companyId company{id name}}") + "}"},
		{Name: "fields repeated", Query: "{" + times(370, "me{id}") + "}"},
		{Name: "fields repeated up to the limit", Query: "{" + times(10, "me{"+times(18, "id ")+"}") + "}"},
		{Name: "fields repeated below fields repeated", Query: "{me{" + times(60, "company{integrations{pms{configured}}}") + "}}"},
		{Name: "fields repeated with differing arguments", Query: "{me{" + times(190, "id(a:%d)") + "}}"},
		{Name: "fields of long names repeated with differing arguments, at two levels", Query: "{" + times(9, "me{"+times(17, strings.Repeat("e", 100)+"(a:%d)")+"}") + "}"},
		{Name: "fields that conflict below fields that conflict", Query: "{" + times(3, "a:me{b:id}a:me{b:email}") + "}"},
		{Name: "fields repeated without limit", Query: "{me{" + times(1480, "id ") + "}}"},
		{Name: "fields unknown, many", Query: "{me{" + times(195, "unknown%d ") + "}}"},
		{Name: "fields unknown, long names", Query: "{me{" + times(190, strings.Repeat("e", 96)+"%d ") + "}}"},
		{Name: "field unknown, one long name", Query: "{me{" + strings.Repeat("m", maxBytes) + "}}"},
		{Name: "fields nested deep", Query: nested(490, "{me", "{id}", "}")},
		{Name: "sign-in many times", Query: "mutation{" + times(60, `a%d:login(input:{email:"a@example.com",password:"p%d"}){token}`) + "}"},
		{Name: "sign-in many times through fragments", Query: "mutation{...f0}" + chainOn("Mutation", 4, "...f%d ...f%d", `login(input:{email:"a@example.com",password:"p"}){token}`)},
		{Name: "directives, a flood at one field", Query: "{me" + times(200, "@include(if:true)") + "{id}}"},
		{Name: "directives, a flood of unknown ones", Query: "{me" + times(700, "@d%d") + "{id}}"},
		{Name: "directives, a flood over many fields", Query: "{me{" + times(48, "id@skip(if:false)") + "}}"},
		{Name: "directives, a flood of repeated arguments", Query: "{me@include(" + times(480, "if:true ") + "){id}}"},
		{Name: "arguments repeated", Query: "mutation{login(" + times(480, "input:1 ") + "){token}}"},
		{Name: "arguments repeated at two fields", Query: "mutation{" + times(2, "removePmsIntegration("+times(235, "input:1 ")+"){company{id}}") + "}"},
		{Name: "arguments unknown, many", Query: "mutation{login(" + times(480, "input%d:1 ") + "){token}}"},
	}
}
