package limit

import (
	"slices"
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
// checks of connections.
func TestAttacksReachWhatTheyAttack(t *testing.T) {
	for _, schema := range []*ast.Schema{loadSchema(), loadSampleSchema()} {
		d := newDocuments(schema, Default())
		for _, a := range attack.All(schema) {
			_, errs := d.check(a.Query)
			passes := strings.HasPrefix(a.Name, "variables") || strings.HasSuffix(a.Name, "up to the limit")
			if passes && errs != nil {
				t.Errorf("%s is rejected: %v: %s", a.Name, errs, a.Query)
			}
			if strings.HasSuffix(a.Name, "above the limit") && (len(errs) != 1 || !strings.Contains(errs[0].Message, "connection")) {
				t.Errorf("%s is not rejected for its connections: got %v for %s", a.Name, errs, a.Query)
			}
		}
	}
}

func TestEachConnectionOfASchemaGetsItsAttacks(t *testing.T) {
	var names []string
	for _, a := range attack.All(loadSampleSchema()) {
		names = append(names, a.Name)
	}
	for _, want := range []string{
		"lists, two pages of Query.samples up to the limit", "lists, Query.samples under many aliases above the limit",
		"lists, two pages of Company.auditLog up to the limit", "lists, Company.auditLog in spreads of a fragment above the limit",
		"lists, Company.auditLog below Query.samples above the limit",
	} {
		if !slices.Contains(names, want) {
			t.Errorf("no attack %q", want)
		}
	}
}

// largestSeed is the size in bytes up to which an attack is a seed of the fuzzer,
// which is slow on long texts. Every test run includes the longer attacks.
const largestSeed = 8 << 10

// FuzzCheck looks for a document whose check costs too much.
func FuzzCheck(f *testing.F) {
	for _, a := range attack.Documents(loadSchema()) {
		if len(a.Query) < largestSeed {
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
