package limit

import (
	"errors"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql/introspection"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

func TestDocumentAboveALimitIsRejected(t *testing.T) {
	limits := Limits{
		Tokens: 100, Operations: 2, Fragments: 3, Directives: 3, Nesting: 3,
		Depth: 4, RootFields: 3, Aliases: 2, Fields: 8, NameBytes: 20,
		Introspection: true, IntrospectionDepth: 4, IntrospectionFields: 6, IntrospectionAliases: 1,
	}
	for name, c := range map[string]struct{ good, bad, says string }{
		"tokens": {
			"{a}" + strings.Repeat("#\n", 97), "{a}" + strings.Repeat("#\n", 98), "longer than 100 tokens"},
		"a name": {
			"{a" + strings.Repeat("x", 19) + "}", "{a" + strings.Repeat("x", 20) + "}", "longer than 20 characters"},
		"depth": {
			"{a{b{c{d}}}}", "{a{b{c{d{e}}}}}", "deeper than 4 levels"},
		"depth through fragments": {
			"{a{...f}} fragment f on T{b{c{d}}}", "{a{...f}} fragment f on T{b{c{d{e}}}}", "deeper than 4 levels"},
		"complexity": {
			"{a{b c d e f g h}}", "{a{b c d e f g h i}}", "complexity is above 8"},
		"complexity with each use of a fragment": {
			"{a{...f} b{...f}} fragment f on T{c d e}", "{a{...f} b{...f}} fragment f on T{c d e g}", "complexity is above 8"},
		"__typename costs as any field": {
			"{a{b c d e f g __typename}}", "{a{b c d e f g h __typename}}", "complexity is above 8"},
		"root fields": {
			"{a b c}", "{a b c d}", "more than 3 root fields"},
		"root fields through fragments": {
			"{a ...f} fragment f on Q{b c}", "{a ...f ...f} fragment f on Q{b c}", "more than 3 root fields"},
		"a field is no root field in a fragment below the root": {
			"{a{...f}} fragment f on T{b c d e}", "{...f} fragment f on T{b c d e}", "more than 3 root fields"},
		"aliases": {
			"{x:a y:b}", "{x:a y:b z:c}", "2 fields have an alias"},
		"aliases in an introspection": {
			"{__schema{x:types{name}}}", "{__schema{x:types{y:name}}}", "1 fields of the introspection have an alias"},
		"aliases of an introspection and of other fields together": {
			"{x:__schema{y:types{name}}}", "{x:__schema{y:types{name}} z:a}", "2 fields have an alias"},
		"operations": {
			"query a{a} query b{b}", "query a{a} query b{b} query c{c}", "more than 2 operations"},
		"limits of an operation that is not executed": {
			"query a{a} query b{a b c}", "query a{a} query b{a b c d}", "more than 3 root fields"},
		"fragments": {
			"{...f ...g} fragment f on Q{a} fragment g on Q{b} fragment h on Q{c}",
			"{a} fragment f on Q{a} fragment g on Q{b} fragment h on Q{c} fragment i on Q{d}", "more than 3 fragments"},
		"limits of a fragment that is never used": {
			"{a} fragment f on T{b{c{d{e}}}}", "{a} fragment f on T{b{c{d{e{f}}}}}", "deeper than 4 levels"},
		"limits of a second fragment of the same name": {
			"{a} fragment f on T{b} fragment f on T{b}", "{a} fragment f on T{b} fragment f on T{b{c{d{e{f}}}}}", "deeper than 4 levels"},
		"of two fragments with one name the first is spread": {
			"{a{...f} b{...f}} fragment f on T{c} fragment f on T{c d e g}", "{a{...f} b{...f}} fragment f on T{c d e g} fragment f on T{c}", "complexity is above 8"},
		"directives": {
			"query @x {a @y ...{b @z}}", "query @x {a @y ...@w{b @z}}", "more than 3 directives"},
		"nesting of a value": {
			"{a(x:[{y:[1]}])}", "{a(x:[{y:[[1]]}])}", "nested deeper than 3 levels"},
		"nesting of a type": {
			"query($v:[[[T]]]){a}", "query($v:[[[[T]]]]){a}", "nested deeper than 3 levels"},
		"introspection depth": {
			"{__schema{types{fields{name}}}}", "{__schema{types{fields{type{name}}}}}", "introspection is nested deeper than 4"},
		"introspection fields": {
			"{__schema{types{a b c d}}}", "{__schema{types{a b c d e}}}", "introspection selects more than 6"},
		"a fragment of an introspection": {
			"{__schema{types{...f}}} fragment f on __Type{a b c d}", "{__schema{a}} fragment f on __Type{a b c d e f g}", "introspection selects more than 6"},
		"introspection beside other fields": {
			"{a{b{c{d}}} __schema{types{a b c d}} e{f}}", "{a{b{c{d}}} __schema{types{a b c d}} __type{e}}", "introspection selects more than 6"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := checkAll(t, limits, c.good); err != nil {
				t.Errorf("refused %s: %v", c.good, err)
			}
			err := checkAll(t, limits, c.bad)
			if apperr.CodeOf(err) != apperr.ComplexityLimitExceeded || !strings.Contains(err.Error(), c.says) {
				t.Errorf("for %s got %v, want COMPLEXITY_LIMIT_EXCEEDED with %q", c.bad, err, c.says)
			}
		})
	}
}

// checkAll runs the checks before validation.
func checkAll(t *testing.T, l Limits, query string) error {
	t.Helper()
	if err := l.checkTokens(scan(&ast.Source{Input: query}, l.Tokens)); err != nil {
		return err
	}
	return l.checkDocument(parse(t, query))
}

func TestUnsupportedDocumentIsRejected(t *testing.T) {
	noIntrospection := Default()
	noIntrospection.Introspection = false
	for name, c := range map[string]struct {
		limits Limits
		query  string
		want   error
	}{
		"a document without an operation":          {Default(), "fragment f on Query{me{id}}", errNoOperation},
		"a fragment within itself":                 {Default(), "{...f} fragment f on Query{me{id} ...f}", errCycle},
		"fragments in a circle":                    {Default(), "{...f} fragment f on Query{...g} fragment g on Query{...h} fragment h on Query{...f}", errCycle},
		"__schema with introspection off":          {noIntrospection, "{__schema{types{name}}}", errIntrospection},
		"introspection off, in an unused fragment": {noIntrospection, `{me{id}} fragment f on Query{__schema{types{name}}}`, errIntrospection},
	} {
		t.Run(name, func(t *testing.T) {
			if err := checkAll(t, c.limits, c.query); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestIntrospectionQueryOfToolsIsAccepted(t *testing.T) {
	if _, errs := newDocuments(loadSchema(), Default()).check(introspection.Query); errs != nil {
		t.Errorf("refused: %v", errs)
	}
	noIntrospection := Default()
	noIntrospection.Introspection = false
	if err := checkAll(t, noIntrospection, "{__typename me{__typename}}"); err != nil {
		t.Errorf("__typename: %v", err)
	}
}
