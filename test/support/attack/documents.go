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
		{Name: "fragment bomb, a grid of layers", Query: "{...f0x0}" + grid(7, 7)},
		{Name: "fragments in a long chain", Query: "{...f0}" + chain(50, "...f%d", "me{id}")},
		{Name: "fragments in a longer chain", Query: "{...f0}" + chain(180, "...f%d", "me{id}")},
		{Name: "fragments in a long chain, not used", Query: "{me{id}}" + chain(50, "...f%d", "me{id}")},
		{Name: "fragments in a long chain that ends in long unknown names", Query: "{me{...f0}}" + chainOn("User", 50, "...f%d", times(150, strings.Repeat("n", 96)+"%d "))},
		{Name: "fragments in a long chain that ends in many fields", Query: "{me{...f0}}" + chainOn("User", 50, "...f%d", times(190, "id "))},
		{Name: "fragments in a long chain that ends in one long literal", Query: "mutation{...f0}" + chainOn("Mutation", 50, "...f%d", `login(input:"`+long+`"){token}`)},
		{Name: "fragments in a long chain that ends in a deep list of a long text", Query: "mutation{...f0}" + chainOn("Mutation", 50, "...f%d", "login(input:"+nested(490, "[", `"`+long+`"`, "]")+"){token}")},
		{Name: "fragments in a long chain that ends in a wide object", Query: "mutation{...f0}" + chainOn("Mutation", 50, "...f%d", "login(input:{"+times(350, "f%d:1 ")+"}){token}")},
		{Name: "fragments in a long chain that ends in an unknown type", Query: "{...f0}" + chain(50, "...f%d", "... on "+strings.Repeat("x", 100)+"{me{id}}")},
		{Name: "fragments that contain themselves", Query: "{...f0}" + times(50, "fragment f%d on Query{...f%d}")},
		{Name: "fragments in a circle", Query: "{...f0}" + chain(50, "...f%d", "...f0")},
		{Name: "fragments that all have one name", Query: "{...f}" + times(145, "fragment f on Query{me{id}}")},
		{Name: "fragments on an unknown long type", Query: "{...f}fragment f on " + strings.Repeat("T", maxBytes-100) + "{a}"},
		{Name: "spreads of unknown fragments", Query: "{" + times(740, "...f%d ") + "}"},
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
		{Name: "fields nested deep", Query: nested(490, "{me", "{id}", "}")},
		{Name: "sign-in many times", Query: "mutation{" + times(60, `a%d:login(input:{email:"a@example.com",password:"p%d"}){token}`) + "}"},
		{Name: "sign-in many times through fragments", Query: "mutation{...f0}" + chainOn("Mutation", 4, "...f%d ...f%d", `login(input:{email:"a@example.com",password:"p"}){token}`)},
		{Name: "directives, a flood at one field", Query: "{me" + times(200, "@include(if:true)") + "{id}}"},
		{Name: "directives, a flood over many fields", Query: "{me{" + times(48, "id@skip(if:false)") + "}}"},
		{Name: "directives, a flood of repeated arguments", Query: "{me@include(" + times(480, "if:true ") + "){id}}"},
		{Name: "arguments repeated", Query: "mutation{login(" + times(480, "input:1 ") + "){token}}"},
		{Name: "arguments repeated at two fields", Query: "mutation{" + times(2, "removePmsIntegration("+times(235, "input:1 ")+"){company{id}}") + "}"},
		{Name: "arguments unknown, many", Query: "mutation{login(" + times(480, "input%d:1 ") + "){token}}"},
	}
}

const signIn = `mutation($i:LoginInput!){login(input:$i){token}}`

// values are attacks on literals and types.
func values() []Attack {
	return []Attack{
		{Name: "list nested deep", Query: "mutation{login(input:" + nested(700, "[", "1", "]") + "){token}}"},
		{Name: "list never closed", Query: "mutation{login(input:" + fill("[")},
		{Name: "object nested deep", Query: "mutation{login(input:" + nested(370, "{a:", "1", "}") + "){token}}"},
		{Name: "object with many fields", Query: "mutation{login(input:{" + times(470, "f%d:1 ") + "}){token}}"},
		{Name: "object with one field many times", Query: "mutation{login(input:{" + times(470, "email:1 ") + "}){token}}"},
		{Name: "list with many elements", Query: "mutation{login(input:[" + times(1400, "1 ") + "]){token}}"},
		{Name: "type nested deep with a value", Query: "query($a:" + nested(480, "[", "Int", "]") + "){me@include(if:$a){id}}", Variables: `{"a":1}`},
		{Name: "selection sets nested too deep to parse", Query: fill("{a")},
		{Name: "number with many digits", Query: "mutation{login(input:" + strings.Repeat("9", maxBytes-100) + "){token}}"},
	}
}

// texts are attacks on the lexer.
func texts() []Attack {
	return []Attack{
		{Name: "text of comments", Query: strings.Repeat("#\n", maxBytes/4) + "{me{id}}"},
		{Name: "text of one comment", Query: "#" + fill("c") + "\n{me{id}}"},
		{Name: "text of commas", Query: fill(",") + "{me{id}}"},
		{Name: "text of quotation marks", Query: "{a(b:" + strings.Repeat(`"`, maxBytes/3)},
		{Name: "text of escapes", Query: `{a(b:"` + strings.Repeat(`\u{1F600}`, maxBytes/11) + `")}`},
		{Name: "text of a block string with many lines", Query: `{a(b:"""` + strings.Repeat("  \n", maxBytes/4) + `""")}`},
		{Name: "text of variables", Query: "query(" + times(370, "$v%d:Int ") + "){me{id}}"},
		{Name: "text of undefined variables in an operation with a long name", Query: "query " + strings.Repeat("q", 100) + "{me{" + times(48, "id@skip(if:$v%d)") + "}}"},
		{Name: "text of undefined variables in a list", Query: "mutation{login(input:[" + times(700, "$v ") + "]){token}}"},
	}
}

// introspections are attacks on introspection, which has the widest limits.
func introspections() []Attack {
	return []Attack{
		{Name: "introspection, circular", Query: "{__schema" + nested(4, "{types{fields{type", "{name}", "}}}") + "}"},
		{Name: "introspection, deep", Query: "{__schema{types" + nested(400, "{ofType", "{name}", "}") + "}}"},
		{Name: "introspection, wide", Query: "{__schema{types{fields{" + times(290, "name ") + "}}}}"},
		{Name: "introspection, repeated", Query: "{" + times(100, "__schema{types{name}}") + "}"},
		{Name: "introspection, ten types up to the limit", Query: "{" + times(10, `a%d:__type(name:"Mutation"){...t}`) + "}" +
			"fragment t on __Type{name fields{name description isDeprecated deprecationReason args{name type{...i ofType{...i}}}type{name ofType{name description fields{name description type{name ofType{name}}}}}}}" +
			"fragment i on __Type{name inputFields{name}}"},
		{Name: "introspection, one type many times", Query: "{" + times(100, `a%d:__type(name:"User"){name}`) + "}"},
		{Name: "introspection, a bomb of fragments", Query: "{__schema{types{...f0}}}" + chainOn("__Type", 50, "fields{name} ...f%d ...f%d", "name")},
		{Name: "introspection, the largest answer", Query: "{__schema{types{...f fields{...d args{...v}type{...o fields{...d args{...v}type{...t}}}}}}}" +
			"fragment f on __Type{kind name description specifiedByURL isOneOf}" +
			"fragment d on __Field{name description isDeprecated deprecationReason}" +
			"fragment v on __InputValue{name description defaultValue isDeprecated deprecationReason type{...o}}" +
			"fragment t on __Type{...f enumValues{name description isDeprecated deprecationReason} ofType{...f ofType{...f}}}" +
			"fragment o on __Type{...f ofType{...t}}"},
		{Name: "introspection, 15 aliases of the largest answer", Query: "{__schema{types{" + times(15, "a%d:fields{name description isDeprecated type{name kind description}args{name}}") + "}}}"},
	}
}

// variables are attacks on the coercion of values.
func variables() []Attack {
	half := maxBytes / 2
	return []Attack{
		{Name: "variables nested deep", Query: signIn, Variables: `{"i":` + nested(9990, "[", "", "]") + `}`},
		{Name: "variables nested too deep for JSON", Query: signIn, Variables: `{"i":` + nested(half-100, "[", "", "]") + `}`},
		{Name: "variables, objects nested deep", Query: signIn, Variables: `{"i":` + nested(4000, `{"input":`, "1", "}") + `}`},
		{Name: "variables that are not declared", Query: signIn, Variables: "{" + times(5500, `"v%d":1,`) + `"i":1}`},
		{Name: "variables, an object with many unknown fields", Query: signIn, Variables: `{"i":{` + times(5500, `"v%d":1,`) + `"email":1}}`},
		{Name: "variables, one field many times", Query: signIn, Variables: `{"i":{` + times(5000, `"email":1,`) + `"email":1}}`},
		{Name: "variables, a long text for a scalar", Query: signIn, Variables: `{"i":{"email":"` + strings.Repeat("a", half) + `","password":"` + strings.Repeat("b", half-200) + `"}}`},
		{Name: "variables, a long number for a scalar", Query: signIn, Variables: `{"i":{"email":` + strings.Repeat("9", half) + `,"password":1}}`},
		{Name: "variables, a long list for an object", Query: signIn, Variables: `{"i":[` + strings.Repeat("1,", half-100) + `1]}`},
		{Name: "variables, deep values for a scalar", Query: signIn, Variables: `{"i":{"email":` + nested(9990, "[", "", "]") + `,"password":{}}}`},
		{Name: "variables, a long list of the values of an enum", Query: "query($k:[AuditKind!]){me{company{auditLog(first:100,kinds:$k){nodes{id}}}}}",
			Variables: `{"k":[` + times(5000, `"SIGNED_IN",`) + `"SIGNED_IN"]}`},
		{Name: "variables of escapes", Query: signIn, Variables: `{"i":{"email":"` + strings.Repeat(`\ud83c\udfca`, maxBytes/13) + `","password":""}}`},
		{Name: "variables of lone surrogates", Query: signIn, Variables: `{"i":{"email":"` + strings.Repeat(`\ud83c`, maxBytes/7) + `","password":""}}`},
	}
}
