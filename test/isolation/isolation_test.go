// Package isolation_test lets random users of random companies do random things
// on both edges, also with names and versions of another company's things, and
// holds that nothing ever crosses from one company to another: no effect, and no
// word of an answer.
package isolation_test

import (
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
	"pgregory.net/rapid"

	"github.com/stay-sidekick/profile-server/internal/app"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

// tally is what the requests of all runs came to.
type tally struct {
	requests, changed int
	ran               map[string]int // by the request's name
}

func TestNothingCrossesFromOneCompanyToAnother(t *testing.T) {
	clock.Store(time.Now().Unix())
	server := testserver.With(t, testdb.New(t, testdb.Own).Pool, app.Options{Now: func() time.Time { return time.Unix(clock.Load(), 0) }})
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

// clock is the server's, in Unix seconds.
var clock atomic.Int64

// crowded is how many steps there are for each in which everybody makes a request
// at the same time. The server may then read for several companies at once.
const crowded = 32

// step lets one user make a request, or everybody. It takes what the companies'
// states are and returns what they are then.
func step(t *testing.T, r *rapid.T, server *testserver.Server, tenants []*tenant, before []string, sum *tally) (after []string) {
	clock.Add(1) // a token of the second of a password change is not valid
	for _, c := range tenants {
		c.look(t, server)
	}
	own := rapid.SampledFrom(tenants).Draw(r, "company")
	attempts := []*attempt{prepare(t, r, server, tenants, own, rapid.SampledFrom(own.users).Draw(r, "user"))}
	everybody := rapid.IntRange(1, crowded).Draw(r, "everybody") == crowded
	for _, other := range tenants {
		for _, user := range other.users {
			if everybody && user != attempts[0].self {
				attempts = append(attempts, prepare(t, r, server, tenants, other, user))
			}
		}
	}
	var together sync.WaitGroup
	for _, a := range attempts {
		together.Go(func() { a.send(server.Client()) })
	}
	together.Wait()
	after = states(r, server, tenants)
	for _, a := range attempts {
		sum.requests++
		sum.ran[a.name]++
		if before[a.own.place] != after[a.own.place] {
			sum.changed++
		}
		a.holds(r, tenants)
	}
	for i, c := range tenants {
		if before[i] == after[i] {
			continue
		}
		if c != own && !everybody {
			r.Fatalf("%s of %s changed %s", attempts[0].name, own.company.Name, c.company.Name)
		}
		c.seen = nil
	}
	return after
}

// holds checks that nobody was told of another company.
func (a *attempt) holds(r *rapid.T, tenants []*tenant) {
	if a.err != nil {
		r.Fatalf("%s: %v", a.name, a.err)
	}
	for _, other := range tenants {
		for _, mark := range other.marks() {
			if other != a.own && strings.Contains(a.told, mark) {
				r.Fatalf("%s told a user of %s %q: %s", a.name, a.own.company.Name, mark, a.told)
			}
		}
	}
}

func states(r *rapid.T, server *testserver.Server, tenants []*tenant) []string {
	all := make([]string, len(tenants))
	for i, tenant := range tenants {
		all[i] = tenant.state(r, server)
	}
	return all
}
