// Package isolation_test lets random users of random companies do random things
// on both edges, also with names and versions of another company's things, and
// holds that nothing ever crosses from one company to another: no effect, and no
// word of an answer.
package isolation_test

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
	"pgregory.net/rapid"

	"github.com/stay-sidekick/profile-server/internal/testdb"
	"github.com/stay-sidekick/profile-server/internal/testserver"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

// tally is what the requests of all runs came to.
type tally struct {
	requests, changed int
	ran               map[string]int // by the request's name
}

func TestNothingCrossesFromOneCompanyToAnother(t *testing.T) {
	server := testserver.New(t, testdb.Own)
	sum := tally{ran: make(map[string]int)}
	hash, err := bcrypt.GenerateFromPassword([]byte(testdb.Password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(r *rapid.T) {
		tenants := makeTenants(t, r, server, string(hash))
		before := states(r, server, tenants)
		for range rapid.IntRange(3, 12).Draw(r, "requests") {
			before = step(t, r, server, tenants, before, &sum)
		}
	})
	t.Logf("figure: isolation: %d requests, %d of which changed their own company", sum.requests, sum.changed)
	if sum.changed < sum.requests/5 {
		t.Error("too few requests did anything: the test shows little")
	}
	for _, q := range requests {
		if sum.ran[q.name] == 0 {
			t.Errorf("%s was never tried", q.name)
		}
	}
}

// step lets one company's user make one request and looks at all the others. It
// takes what the companies' states are and returns what they are then.
func step(t *testing.T, r *rapid.T, server *testserver.Server, tenants []*tenant, before []string, sum *tally) (after []string) {
	for _, c := range tenants {
		c.look(t, r, server)
	}
	own := rapid.IntRange(0, len(tenants)-1).Draw(r, "company")
	name, answer := act(t, r, server, tenants, own)
	after = states(r, server, tenants)
	sum.requests++
	sum.ran[name]++
	if before[own] != after[own] {
		sum.changed++
		tenants[own].seen = nil
	}
	for i, other := range tenants {
		if i == own {
			continue
		}
		if before[i] != after[i] {
			r.Fatalf("%s of %s changed %s", name, tenants[own].company.Name, other.company.Name)
		}
		for _, mark := range other.marks() {
			if strings.Contains(answer, mark) {
				r.Fatalf("%s told a user of %s %q: %s", name, tenants[own].company.Name, mark, answer)
			}
		}
	}
	return after
}

func states(r *rapid.T, server *testserver.Server, tenants []*tenant) []string {
	all := make([]string, len(tenants))
	for i, tenant := range tenants {
		all[i] = tenant.state(r, server)
	}
	return all
}
