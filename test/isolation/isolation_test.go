// Package isolation_test checks that no request changes another company and that no
// response depends on another company's data. It sends every request of a catalogue,
// which has every field and route, for two companies, and then random ones of random
// users, also with ids and versions of other companies.
package isolation_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/internal/app"
	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testprovider"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

// clock is the clock of the servers. A token of the second of a password change is
// not valid, so it advances before each request.
var clock = testtime.NewClock(time.Now().Truncate(time.Second))

// newServer runs the service with providers whose accounts and models have the name of
// the API key, which only one company has.
func newServer(t *testing.T) *testserver.Server {
	t.Helper()
	provider := testprovider.New(t)
	provider.Override(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("Api-Key") + strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, testserver.JSON(t, object{"firstName": key, "data": []any{object{"id": key}}}))
	}))
	return testserver.With(t, testdb.New(t, testdb.Own).Pool, app.Options{Now: clock.Now}, func(c *config.Config) { c.ProviderURLs = provider.URLs() })
}

// TestResponseDoesNotDependOnAnotherCompany compares what each of two companies
// reads while the other exists with what it reads alone.
func TestResponseDoesNotDependOnAnotherCompany(t *testing.T) {
	server := newServer(t)
	first := newTenant(t, server, 0)
	first.change(t, nil)
	for _, user := range first.users {
		clock.Advance(time.Second)
		body := server.Query(t, server.Token(t, *user), everything, nil).Body
		if reads := strings.Contains(body, `"account":"`); reads != (user.Role == "admin") {
			t.Errorf("a user with the role %s reads the account of a check at its provider: %t: %s", user.Role, reads, body)
		}
	}
	alone, data := first.read(t), first.data(t)

	second := newTenant(t, server, 1)
	second.change(t, first)
	wantSame(t, "beside another company", first.read(t), alone)
	if first.data(t) != data {
		t.Error("requests of the second company changed the first one")
	}

	beside := second.read(t)
	for _, q := range requests {
		for _, name := range q.names() {
			if q.reads() && holdsData(name) && slices.Equal(alone[name], beside[name]) {
				t.Errorf("%s is %.200q for both companies, so the test cannot see a leak: let them store different data", name, alone[name])
			}
		}
	}

	testdb.Exec(t, server.Pool, "delete from empresas where id = $1", first.company.ID)
	wantSame(t, "after the other company was deleted", second.read(t), beside)
}

// change sends every request that changes data, as the administrator. They must
// succeed unless their name says otherwise, also with the current version as the
// expected one. other is the other company, nil for none.
func (c *tenant) change(t *testing.T, other *tenant) {
	t.Helper()
	for number, q := range requests {
		if q.reads() {
			continue
		}
		for _, conditional := range []bool{false, true} {
			if conditional && q.version == "" {
				continue
			}
			a := c.send(t, q, number, conditional)
			refused := strings.Contains(a.text, `"errors":[`) || strings.Contains(a.text, `"userErrors":[{`)
			if refused != strings.HasSuffix(q.name, "refused") {
				t.Errorf("%s of %s, conditional: %t: %s", q, c.company.Name, conditional, a.response.Body)
			}
			if other != nil {
				other.look(t)
				a.wantNoData(t, []*tenant{other})
			}
		}
	}
}

// read sends every request that only reads, as the administrator.
func (c *tenant) read(t *testing.T) view {
	t.Helper()
	read := view{}
	for _, q := range requests {
		if q.reads() {
			read.addResponse(t, q, c.send(t, q, 0, false).response.Body)
		}
	}
	return read
}

// send sends a request of the administrator.
func (c *tenant) send(t *testing.T, q request, number int, conditional bool) *attempt {
	t.Helper()
	c.seen = nil
	c.look(t)
	clock.Advance(time.Second)
	a := newAttempt(t, q, input{own: c, self: c.users[0], seen: c.seen, number: number}, conditional)
	a.token = c.server.Token(t, *a.self)
	if a.send(); a.err != nil {
		t.Fatalf("%s: %v", q, a.err)
	}
	return a
}

// holdsData reports whether a name in a view is that of a route, of a field with
// fields or of a guarded field.
func holdsData(name string) bool {
	of, field, ok := strings.Cut(name, ".")
	if !ok {
		return true
	}
	schema := graph.Schema()
	def := schema.Types[of].Fields.ForName(field)
	return def != nil && (schema.Types[def.Type.Name()].IsCompositeType() ||
		def.Directives.ForName("authenticated") != nil || def.Directives.ForName("admin") != nil)
}

func wantSame(t *testing.T, when string, got, want view) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if !slices.Equal(got[name], want[name]) {
			t.Errorf("%s is different %s: got %.500q, want %.500q", name, when, got[name], want[name])
		}
	}
}

// tally counts the requests of all runs.
type tally struct {
	requests, changed int
	sent              map[string]bool // by the request's name
}

func TestCompaniesAreIsolated(t *testing.T) {
	server := newServer(t)
	sum := tally{sent: make(map[string]bool)}
	rapid.Check(t, func(r *rapid.T) {
		var tenants []*tenant
		for i := range rapid.IntRange(2, 3).Draw(r, "companies") {
			tenants = append(tenants, newTenant(t, server, i))
		}
		for range rapid.IntRange(3, 12).Draw(r, "requests") {
			step(t, r, tenants, &sum)
		}
	})
	t.Logf("figure: isolation: %d requests, %d of which changed their own company", sum.requests, sum.changed)
	if sum.changed < sum.requests/5 {
		t.Error("too few requests changed anything")
	}
	for _, q := range requests {
		if !sum.sent[q.String()] && !testing.Short() { // -short sends a fifth of the requests
			t.Errorf("%s was never sent", q)
		}
	}
}

// concurrentEvery is the average number of steps per step in which all users send
// a request at the same time, so that the server can batch reads of companies.
const concurrentEvery = 32

// step sends a request of one user, or of all users.
func step(t *testing.T, r *rapid.T, tenants []*tenant, sum *tally) {
	clock.Advance(time.Second)
	before := make(map[*tenant]string)
	for _, c := range tenants {
		c.look(t)
		before[c] = c.data(t)
	}
	own := rapid.SampledFrom(tenants).Draw(r, "company")
	attempts := []*attempt{draw(t, r, tenants, own, rapid.SampledFrom(own.users).Draw(r, "user"))}
	concurrent := rapid.IntRange(1, concurrentEvery).Draw(r, "concurrent") == concurrentEvery
	for _, other := range tenants {
		for _, user := range other.users {
			if concurrent && user != attempts[0].self {
				attempts = append(attempts, draw(t, r, tenants, other, user))
			}
		}
	}
	var together sync.WaitGroup
	for _, a := range attempts {
		together.Go(a.send)
	}
	together.Wait()
	after := make(map[*tenant]string)
	for _, c := range tenants {
		after[c] = c.data(t)
	}
	for _, a := range attempts {
		sum.requests++
		sum.sent[a.String()] = true
		if after[a.own] != before[a.own] {
			sum.changed++
		}
		if a.err != nil {
			r.Fatalf("%s: %v", a, a.err)
		}
		a.wantNoData(r, tenants)
	}
	for _, c := range tenants {
		if after[c] == before[c] {
			continue
		}
		if c != own && !concurrent {
			r.Fatalf("%s of %s changed %s", attempts[0], own.company.Name, c.company.Name)
		}
		c.seen = nil
	}
}

// attempt is a request of a user of one company, and its response.
type attempt struct {
	request
	input
	sent               object // the variables, the input or the body
	method, path, body string
	token              string

	response *testserver.Response
	text     string // the body, the headers, and the claims of the tokens in the body
	err      error
}

// draw draws a request of a company's user, sometimes with a token that claims
// another company.
func draw(t *testing.T, r *rapid.T, tenants []*tenant, own *tenant, self *testdb.UserRow) *attempt {
	a := newAttempt(t, rapid.SampledFrom(requests).Draw(r, "request"), input{
		own:    own,
		self:   self,
		seen:   rapid.SampledFrom(tenants).Draw(r, "whose versions").seen,
		number: rapid.IntRange(0, 200).Draw(r, "number"),
	}, rapid.Bool().Draw(r, "conditional"))
	claims := *self
	claims.CompanyID = rapid.SampledFrom(tenants).Draw(r, "claimed company").company.ID
	claims.Role = rapid.SampledFrom([]string{"admin", "operativo"}).Draw(r, "claimed role")
	a.token = own.server.Token(t, claims)
	if a.anyToken {
		holder := *rapid.SampledFrom(rapid.SampledFrom(tenants).Draw(r, "token's company").users).Draw(r, "token's user")
		a.token = rapid.SampledFrom([]string{"", "not.a.token", testserver.ExpiredToken(t, holder), own.server.Token(t, holder)}).Draw(r, "token")
	}
	return a
}

func newAttempt(t *testing.T, q request, in input, conditional bool) *attempt {
	t.Helper()
	a := &attempt{request: q, input: in}
	if q.fields != nil {
		a.sent = q.fields(in)
	}
	if conditional && q.version != "" {
		a.sent["expectedVersion"] = json.RawMessage(in.seen[q.version][0])
	}
	switch {
	case q.query == "":
		a.method, a.path, _ = strings.Cut(q.route, " ")
		a.body = testserver.JSON(t, a.sent)
	case q.reads():
		a.method, a.path, a.body = http.MethodPost, "/graphql", testserver.JSON(t, object{"query": q.query, "variables": a.sent})
	default:
		a.method, a.path, a.body = http.MethodPost, "/graphql", testserver.JSON(t, object{"query": q.query, "variables": object{"input": a.sent}})
	}
	return a
}

// claimsIn matches tokens and captures their claims.
var claimsIn = regexp.MustCompile(`eyJ[\w-]+\.([\w-]+)\.[\w-]+`)

// send sends the request. It may run concurrently with other attempts.
func (a *attempt) send() {
	if a.response, a.err = testserver.TrySend(http.DefaultClient, a.token, a.method, a.own.server.URL+a.path, a.body); a.err != nil {
		return
	}
	body := a.response.Body
	if a.response.Status >= http.StatusInternalServerError {
		a.err = fmt.Errorf("%d %s", a.response.Status, body)
	}
	changed := a.response.Status == http.StatusOK && (a.query == "" || strings.Contains(body, `"token":"`))
	if a.newPassword != "" && changed {
		a.self.Password = a.sent[a.newPassword].(string)
	}
	a.text = fmt.Sprintln(body, a.response.Header)
	for _, token := range claimsIn.FindAllStringSubmatch(body, -1) {
		claims, err := base64.RawURLEncoding.DecodeString(token[1])
		a.err = errors.Join(a.err, err)
		a.text += string(claims)
	}
}
