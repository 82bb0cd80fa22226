package limit

import (
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/test/support/attack"
)

func TestAttacksAreAnsweredCheaply(t *testing.T) {
	d := newDocuments(loadSchema(), Default())
	var highest time.Duration
	var name string
	for _, a := range attack.Documents() {
		var errs gqlerror.List
		cost := attack.Cost(func() { d.cache.Purge(); _, errs = d.check(a.Query) })
		if cost > attack.MaxCost {
			t.Errorf("%s: cost %v of processor time", a.Name, cost)
		}
		if cost > highest {
			highest, name = cost, a.Name
		}
		for _, err := range errs {
			if apperr.CodeOf(err) == apperr.Internal {
				t.Errorf("%s: %v", a.Name, err)
			}
		}
	}
	t.Logf("figure: limits: of %d attacks the costliest takes %v of processor time: %s", len(attack.Documents()), highest, name)
}

// The fields of a few attacks are wide enough to show that they reach past the
// limits that they are meant to reach past.
func TestSomeAttacksPassTheLimits(t *testing.T) {
	d := newDocuments(loadSchema(), Default())
	for _, a := range attack.All() {
		_, errs := d.check(a.Query)
		passes := strings.HasPrefix(a.Name, "variables") || strings.HasSuffix(a.Name, "up to the limit")
		if passes && errs != nil {
			t.Errorf("%s no longer reaches what it attacks: %v", a.Name, errs)
		}
	}
}

func BenchmarkAttacks(b *testing.B) {
	d := newDocuments(loadSchema(), Default())
	for _, a := range attack.Documents() {
		b.Run(strings.ReplaceAll(a.Name, " ", "-"), func(b *testing.B) {
			for b.Loop() {
				d.cache.Purge()
				d.check(a.Query)
			}
		})
	}
}

// largestSeed keeps the fuzzer from spending its time on mutations of long
// texts. The attacks that are longer run in every test.
const largestSeed = 8 << 10

// FuzzCheck looks for a document that takes long to check.
func FuzzCheck(f *testing.F) {
	for _, a := range attack.Documents() {
		if len(a.Query) < largestSeed {
			f.Add(a.Query)
		}
	}
	d := newDocuments(loadSchema(), Default())
	f.Fuzz(func(t *testing.T, query string) {
		if len(query) > 64<<10 {
			return
		}
		var errs gqlerror.List
		cost := attack.Cost(func() { d.cache.Purge(); _, errs = d.check(query) })
		if cost > attack.MaxCost {
			t.Errorf("cost %v of processor time", cost)
		}
		for _, err := range errs {
			if apperr.CodeOf(err) == apperr.Internal {
				t.Errorf("%v", err)
			}
		}
	})
}
