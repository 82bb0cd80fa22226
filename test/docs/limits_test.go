package docs_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/graph/limit"
	"github.com/stay-sidekick/profile-server/internal/company"
)

func TestLimitsPageHasTheLimitsOfTheCode(t *testing.T) {
	page := read(t, root+"/docs/limits.md")
	l := limit.Default()
	times := map[string]int{}
	for _, s := range l.Selections {
		times[s.Field] = s.Most
	}
	first := graph.Schema().Types["Company"].Fields.ForName("auditLog").Arguments.ForName("first")
	for _, row := range []string{
		fmt.Sprintf("| lexical tokens, comments included | %d,%03d |", l.Tokens/1000, l.Tokens%1000),
		fmt.Sprintf("| a name | %d bytes |", l.NameBytes),
		fmt.Sprintf("| operations, fragments, directives in a document | %d, %d, %d |", l.Operations, l.Fragments, l.Directives),
		fmt.Sprintf("| nesting of lists and objects in a literal, of lists in a type | %d |", l.Nesting),
		fmt.Sprintf("| depth of an operation: the longest chain of fields, leaves included | %d |", l.Depth),
		fmt.Sprintf("| root fields of an operation | %d |", l.RootFields),
		fmt.Sprintf("| fields with an alias | %d |", l.Aliases),
		fmt.Sprintf("| complexity: each selected field costs 1 | %d |", l.Fields),
		fmt.Sprintf("| connections such as `auditLog`, which returns up to %v entries for its cost of 1 | %d in an operation, and none below another one |",
			first.Directives.ForName("range").ArgumentMap(nil)["max"], l.Connections),
		fmt.Sprintf("| saves with `verify` in an operation | %d | the others save without a check |", company.OperationVerifies),
		fmt.Sprintf("| `__schema`, `__type` | %d and %d in an operation, under any alias; below them: depth %d, %d fields, %d aliases |",
			times["__schema"], times["__type"], l.IntrospectionDepth, l.IntrospectionFields, l.IntrospectionAliases),
	} {
		if !strings.Contains(page, "\n"+row+"\n") {
			t.Errorf("docs/limits.md has no row %s", row)
		}
	}
}
