package limit

import (
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/test/support/attack"
)

// checkCost checks a document that is not in the cache and returns the processor time.
func checkCost(t *testing.T, d *documents, name, query string) time.Duration {
	t.Helper()
	var errs gqlerror.List
	cost := attack.Cost(func() { d.cache.Purge(); _, errs = d.check(query) })
	if cost > attack.MaxCost {
		t.Errorf("%s: cost %v of processor time", name, cost)
	}
	for _, err := range errs {
		if apperr.CodeOf(err) == apperr.Internal {
			t.Errorf("%s: %v", name, err)
		}
	}
	return cost
}

func TestAttacksAreRejectedCheaply(t *testing.T) {
	d := newDocuments(loadSchema(), Default())
	attacks := attack.Documents(loadSchema())
	var highest time.Duration
	var name string
	for _, a := range attacks {
		if cost := checkCost(t, d, a.Name, a.Query); cost > highest {
			highest, name = cost, a.Name
		}
	}
	t.Logf("figure: limits: of %d attacks the costliest takes %v of processor time: %s", len(attacks), highest, name)
}

// Attacks on execution must pass the checks, and those on connections must fail the
// checks of connections. Each connection gets its attacks.
func TestAttacksReachWhatTheyAttack(t *testing.T) {
	for _, schema := range []*ast.Schema{loadSchema(), loadSampleSchema()} {
		d := newDocuments(schema, Default())
		connections := 0 // fields of the schema
		for _, def := range schema.Types {
			for _, field := range def.Fields {
				if strings.HasSuffix(field.Type.Name(), "Connection") {
					connections++
				}
			}
		}
		pages, lists := 0, 0
		for _, a := range attack.All(schema) {
			_, errs := d.check(a.Query)
			passes := strings.HasPrefix(a.Name, "variables") || strings.HasSuffix(a.Name, "up to the limit")
			if passes && errs != nil {
				t.Errorf("%s is rejected: %v: %s", a.Name, errs, a.Query)
			}
			if strings.HasPrefix(a.Name, "lists, two pages of") {
				pages++
			}
			if strings.HasSuffix(a.Name, "above the limit") {
				lists++
				if len(errs) != 1 || !strings.Contains(errs[0].Message, "connection") {
					t.Errorf("%s is not rejected for its connections: got %v for %s", a.Name, errs, a.Query)
				}
			}
		}
		if connections == 0 || pages != connections || lists < 2*connections {
			t.Errorf("%d attacks with pages and %d above the limits, for %d connections", pages, lists, connections)
		}
	}
}

// FuzzCheck looks for a document whose check costs too much. The fuzzer is slow on long
// texts, which the other tests check.
func FuzzCheck(f *testing.F) {
	for _, a := range attack.Documents(loadSchema()) {
		if len(a.Query) < 8<<10 {
			f.Add(a.Query)
		}
	}
	d := newDocuments(loadSchema(), Default())
	f.Fuzz(func(t *testing.T, query string) {
		if len(query) <= 64<<10 {
			checkCost(t, d, "the document", query)
		}
	})
}
