package attack

import "strings"

const signIn = `mutation($i:LoginInput!){login(input:$i){token}}`

// values are attacks on literals and types.
func values() []Attack {
	return []Attack{
		{Name: "list nested deep", Query: "mutation{login(input:" + nested(700, "[", "1", "]") + "){token}}"},
		{Name: "list nested too deep to parse", Query: "mutation{login(input:" + nested(maxBytes/2-40, "[", "", "]") + "){token}}"},
		{Name: "list never closed", Query: "mutation{login(input:" + fill("[")},
		{Name: "object nested deep", Query: "mutation{login(input:" + nested(370, "{a:", "1", "}") + "){token}}"},
		{Name: "object with many fields", Query: "mutation{login(input:{" + times(470, "f%d:1 ") + "}){token}}"},
		{Name: "object with one field many times", Query: "mutation{login(input:{" + times(470, "email:1 ") + "}){token}}"},
		{Name: "list with many elements", Query: "mutation{login(input:[" + times(1400, "1 ") + "]){token}}"},
		{Name: "type nested deep", Query: "query($a:" + nested(700, "[", "Int", "]") + "){me{id}}"},
		{Name: "type nested deep with a value", Query: "query($a:" + nested(480, "[", "Int", "]") + "){me@include(if:$a){id}}", Variables: `{"a":1}`},
		{Name: "selection sets nested too deep to parse", Query: fill("{a")},
		{Name: "number with many digits", Query: "mutation{login(input:" + strings.Repeat("9", maxBytes-100) + "){token}}"},
		{Name: "number with many digits where a boolean is expected", Query: "{me@include(if:" + strings.Repeat("9", maxBytes-100) + "){id}}"},
	}
}

// texts are attacks on the lexer.
func texts() []Attack {
	return []Attack{
		{Name: "text of comments", Query: strings.Repeat("#\n", maxBytes/4) + "{me{id}}"},
		{Name: "text of one comment", Query: "#" + fill("c") + "\n{me{id}}"},
		{Name: "text of comments beyond ASCII", Query: strings.Repeat("# é漢🏊\n", maxBytes/14) + "{me{id}}"},
		{Name: "text of commas", Query: fill(",") + "{me{id}}"},
		{Name: "text of line ends", Query: strings.Repeat("\r\n", maxBytes/5) + "{me{id}}"},
		{Name: "text of byte order marks", Query: fill("\ufeff") + "{me{id}}"},
		{Name: "text of quotation marks", Query: "{a(b:" + strings.Repeat(`"`, maxBytes/3)},
		{Name: "text of empty strings", Query: "{a(b:[" + strings.Repeat(`"" `, maxBytes/6) + "])}"},
		{Name: "text of escapes", Query: `{a(b:"` + strings.Repeat(`\u{1F600}`, maxBytes/11) + `")}`},
		{Name: "text of a block string with many lines", Query: `{a(b:"""` + strings.Repeat("  \n", maxBytes/4) + `""")}`},
		{Name: "text of one long name", Query: fill("n")},
		{Name: "text of punctuation", Query: fill("{}")},
		{Name: "text of spreads", Query: "{" + fill("...")},
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
		{Name: "introspection, one type many times", Query: "{" + times(100, `a%d:__type(name:"User"){name}`) + "}"},
		{Name: "introspection, a bomb of fragments", Query: "{__schema{types{...f0}}}" + chainOn("__Type", 50, "fields{name} ...f%d ...f%d", "name")},
		{Name: "introspection, the largest answer", Query: "{__schema{types{...f fields{...d args{...v}type{...o fields{...d args{...v}type{...t}}}}}}}" +
			"fragment f on __Type{kind name description specifiedByURL isOneOf}" +
			"fragment d on __Field{name description isDeprecated deprecationReason}" +
			"fragment v on __InputValue{name description defaultValue isDeprecated deprecationReason type{...o}}" +
			"fragment t on __Type{...f enumValues{name description isDeprecated deprecationReason} ofType{...f ofType{...f}}}" +
			"fragment o on __Type{...f ofType{...t}}"},
		{Name: "introspection, 15 aliases of the largest answer", Query: "{__schema{types{" + times(15, "a%d:fields{name description isDeprecated type{name kind description}args{name}}") + "}}}"},
		{Name: "introspection, types of types", Query: "{__type(name:\"User\"){fields{type{fields{type{name}}}}possibleTypes{fields{name}}interfaces{name}}}"},
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
