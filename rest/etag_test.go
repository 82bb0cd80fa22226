package rest

import (
	"slices"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/graph"
)

func TestEntityTagsAreReadByTheirGrammar(t *testing.T) {
	for _, c := range []struct {
		name     string
		lines    []string
		any      bool
		strongly []string
		weakly   []string // matches that the strong comparison does not see
	}{
		{name: "one", lines: []string{`"a1"`}, strongly: []string{"a1"}},
		{name: "whatever there is", lines: []string{` * `}, any: true},
		{name: "a list", lines: []string{`"a" ,	"b","c"`}, strongly: []string{"a", "b", "c"}},
		{name: "a list in two lines", lines: []string{`"a"`, `"b"`}, strongly: []string{"a", "b"}},
		{name: "a list with empty places", lines: []string{`, "a",, "b" ,`}, strongly: []string{"a", "b"}},
		{name: "the same twice", lines: []string{`"a", "a"`}, strongly: []string{"a"}},
		{name: "a comma inside", lines: []string{`"a,b"`}, strongly: []string{"a,b"}},
		{name: "a backslash, which escapes nothing", lines: []string{`"a\"`}, strongly: []string{`a\`}},
		{name: "the empty one", lines: []string{`""`}, strongly: []string{""}},
		{name: "bytes beyond ASCII", lines: []string{"\"\xf1\""}, strongly: []string{"\xf1"}},
		{name: "a weak one", lines: []string{`W/"a"`}, weakly: []string{"a"}},
		{name: "weak and strong", lines: []string{`W/"a", "b"`}, strongly: []string{"b"}, weakly: []string{"a"}},

		{name: "nothing", lines: nil},
		{name: "an empty line", lines: []string{""}},
		{name: "no quotes", lines: []string{`a`}},
		{name: "an open quote", lines: []string{`"a`}},
		{name: "a lone quote", lines: []string{`"`}},
		{name: "single quotes", lines: []string{`'a'`}},
		{name: "a small w", lines: []string{`w/"a"`}},
		{name: "a space after W/", lines: []string{`W/ "a"`}},
		{name: "a space inside", lines: []string{`"a b"`}},
		{name: "a control character inside", lines: []string{"\"a\x7f\""}},
		{name: "no comma between", lines: []string{`"a" "b"`}},
		{name: "something behind", lines: []string{`"a"x`}},
		{name: "a good one beside garbage", lines: []string{`"a", b`}},
		{name: "a good one beside the star", lines: []string{`"a", *`}},
		{name: "the star beside a good one", lines: []string{`*, "a"`}},
		{name: "a quoted star", lines: []string{`"*"`}, strongly: []string{"*"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := parseTags(c.lines)
			if got.any != c.any || !slices.Equal(got.strongly(), c.strongly) {
				t.Errorf("any %t, strong %q; want %t, %q", got.any, got.strongly(), c.any, c.strongly)
			}
			for _, state := range append(c.strongly, c.weakly...) {
				if !got.weakly(state) {
					t.Errorf("%q does not match weakly", state)
				}
			}
			if got.weakly("another") != c.any {
				t.Error("another state matches")
			}
		})
	}
}

func FuzzEntityTags(f *testing.F) {
	for _, seed := range []string{`"a"`, `*`, `W/"a", "b"`, `"`, `,`, "\"\xff\"", `W/`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		for _, tag := range parseTags([]string{line}).tags {
			if !strings.Contains(line, strong(tag.opaque)) {
				t.Errorf("%q is not in %q", tag.opaque, line)
			}
		}
	})
}

// A mutation that can be told the expected version must be told it.
func TestEveryDocumentThatCanExpectAVersionDoes(t *testing.T) {
	schema := graph.Schema()
	found := 0
	for _, rt := range routes {
		doc := mustLoad(t, rt.document)
		for _, field := range schema.Mutation.Fields {
			input := field.Arguments.ForName("input")
			if input == nil || !strings.Contains(doc.text, " "+field.Name+"(") {
				continue
			}
			can := schema.Types[input.Type.Name()].Fields.ForName("expectedVersion") != nil
			if can != (doc.expects != "") {
				t.Errorf("%s expects %q, but can expect a version: %t", rt.document, doc.expects, can)
			}
			found++
		}
	}
	if found < 6 {
		t.Errorf("only %d documents were looked at", found)
	}
}
