package docs_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/graph/limit"
)

func TestLimitsPageHasTheLimitsOfTheCode(t *testing.T) {
	page := read(t, root+"/docs/limits.md")
	l := limit.Default()
	for _, row := range []string{
		fmt.Sprintf("| lexical tokens, comments included | %d,%03d |", l.Tokens/1000, l.Tokens%1000),
		fmt.Sprintf("| a name | %d bytes |", l.NameBytes),
		fmt.Sprintf("| operations, fragments, directives in a document | %d, %d, %d |", l.Operations, l.Fragments, l.Directives),
		fmt.Sprintf("| nesting of lists and objects in a literal, of lists in a type | %d |", l.Nesting),
		fmt.Sprintf("| depth of an operation: the longest chain of fields, leaves included | %d |", l.Depth),
		fmt.Sprintf("| root fields of an operation | %d |", l.RootFields),
		fmt.Sprintf("| fields with an alias | %d |", l.Aliases),
		fmt.Sprintf("| complexity: each selected field costs 1 | %d |", l.Fields),
		fmt.Sprintf("| `__schema`, `__type` | once each in an operation; their selections: depth %d, %d fields, %d aliases |",
			l.IntrospectionDepth, l.IntrospectionFields, l.IntrospectionAliases),
	} {
		if !strings.Contains(page, "\n"+row+"\n") {
			t.Errorf("docs/limits.md has no row %s", row)
		}
	}
}
