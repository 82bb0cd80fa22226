package guard

import (
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/stay-sidekick/profile-server/graph/guard/attack"
	"github.com/stay-sidekick/profile-server/internal/problem"
)

func TestAttacksAreAnsweredCheaply(t *testing.T) {
	exec := newExecutor(t, Options{CacheEntries: 1, CacheBytes: 1}) // nothing is kept
	var highest time.Duration
	var name string
	for _, a := range attack.Documents() {
		var errs gqlerror.List
		cost := attack.Cost(func() { _, errs = exec.document(a.Query) })
		if cost > attack.Most {
			t.Errorf("%s: cost %v of processor time", a.Name, cost)
		}
		if cost > highest {
			highest, name = cost, a.Name
		}
		for _, err := range errs {
			if problem.CodeOf(err) == problem.Internal {
				t.Errorf("%s: %v", a.Name, err)
			}
		}
	}
	t.Logf("figure: limits: of %d attacks the costliest takes %v of processor time: %s", len(attack.Documents()), highest, name)
}

// The fields of a few attacks are wide enough to show that they reach past the
// limits that they are meant to reach past.
func TestSomeAttacksGetPastTheGuard(t *testing.T) {
	exec := newExecutor(t, Options{})
	for _, a := range attack.All() {
		_, errs := exec.document(a.Query)
		passes := strings.HasPrefix(a.Name, "variables") || strings.HasSuffix(a.Name, "up to the limit")
		if passes && errs != nil {
			t.Errorf("%s no longer reaches what it attacks: %v", a.Name, errs)
		}
	}
}

func BenchmarkAttacks(b *testing.B) {
	exec := newExecutor(b, Options{CacheEntries: 1, CacheBytes: 1}) // nothing is kept
	for _, a := range attack.Documents() {
		b.Run(strings.ReplaceAll(a.Name, " ", "-"), func(b *testing.B) {
			for b.Loop() {
				exec.document(a.Query)
			}
		})
	}
}

// largestSeed keeps the fuzzer from spending its time on mutations of long
// texts. The attacks that are longer run in every test.
const largestSeed = 8 << 10

// FuzzCheck looks for a document that the guard cannot judge, or that it lets
// pass and validation then takes long for.
func FuzzCheck(f *testing.F) {
	for _, a := range attack.Documents() {
		if len(a.Query) < largestSeed {
			f.Add(a.Query)
		}
	}
	exec := newExecutor(f, Options{})
	f.Fuzz(func(t *testing.T, query string) {
		if len(query) > 64<<10 || exec.guard.checkTokens(countTokens(&ast.Source{Input: query}, 1500)) != nil {
			return
		}
		doc, err := parser.ParseQuery(&ast.Source{Input: query})
		if err != nil {
			return
		}
		cost := attack.Cost(func() {
			if err := exec.guard.Check(doc); err != nil {
				if code := problem.CodeOf(err); code != problem.ComplexityLimitExceeded && code != problem.ValidationFailed {
					t.Errorf("refused with %s: %v", code, err)
				}
				return
			}
			exec.validator.Document(doc)
		})
		if cost > attack.Most {
			t.Errorf("cost %v of processor time", cost)
		}
	})
}
