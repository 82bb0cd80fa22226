package docs_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/graph/limit"
	"github.com/stay-sidekick/profile-server/internal/company"
)

var number = regexp.MustCompile(`\d[\d,]*`)

func TestLimitsPageHasTheLimitsOfTheCode(t *testing.T) {
	text := read(t, root+"/docs/limits.md")
	_, table, _ := strings.Cut(text, "\n## Document\n")
	table, _, _ = strings.Cut(table, "\n* ")
	got := strings.ReplaceAll(fmt.Sprint(number.FindAllString(table, -1)), ",", "")

	l := limit.Default()
	most := map[string]int{}
	for _, s := range l.Selections {
		most[s.Field] = s.Most
	}
	page := graph.Schema().Types["Company"].Fields.ForName("auditLog").Arguments.ForName("first").Directives.ForName("range").ArgumentMap(nil)["max"]
	const cost = 1 // of a field, and of a connection
	want := fmt.Sprint([]any{
		l.Tokens, l.NameBytes, l.Operations, l.Fragments, l.Directives, l.Nesting, l.Depth, l.RootFields, l.Aliases, cost, l.Fields, page, cost,
		l.Connections, most["__schema"], most["__type"], l.IntrospectionDepth, l.IntrospectionFields, l.IntrospectionAliases,
	})
	if got != want {
		t.Errorf("docs/limits.md has the numbers\n%s, want\n%s", got, want)
	}
	if want := fmt.Sprintf("saves with `verify` in an operation | %d |", company.OperationVerifies); !strings.Contains(text, want) {
		t.Errorf("docs/limits.md lacks %q", want)
	}
}
