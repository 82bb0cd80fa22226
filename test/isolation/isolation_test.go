// Package isolation_test checks that no request changes another company and that no
// response depends on another company's data. It sends every request of a catalogue,
// which has every field and route, for two companies, and then random ones of random
// users, also with ids and versions of other companies.
package isolation_test

import (
	"encoding/base64"
	"encoding/json"
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

func newServer(t *testing.T) *testserver.Server {
	t.Helper()
	return testserver.With(t, testdb.New(t, testdb.Own).Pool, app.Options{Now: clock.Now}, providers(t))
}

// providers lets the server ask providers whose accounts and models have the name of the
// API key, which only one company has.
func providers(t *testing.T) func(*config.Config) {
	provider := testprovider.New(t)
	provider.Override(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("Api-Key") + strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, testserver.JSON(t, map[string]any{"firstName": key, "data": []any{map[string]any{"id": key}}}))
	}))
	return func(c *config.Config) { c.ProviderURLs = provider.URLs() }
}

// TestResponseDoesNotDependOnAnotherCompany compares what each of two companies
// reads while the other exists with what it reads alone.
func TestResponseDoesNotDependOnAnotherCompany(t *testing.T) {
	server := newServer(t)
	first := newTenant(t, server, 0)
	first.change(t, nil)
	alone, data := first.read(t), testdb.CompanyData(t, server.Pool, first.company.ID)

	second := newTenant(t, server, 1)
	second.change(t, first)
	wantSame(t, "beside another company", first.read(t), alone)
	if testdb.CompanyData(t, server.Pool, first.company.ID) != data {
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

	if _, err := server.Pool.Exec(t.Context(), "delete from empresas where id = $1", first.company.ID); err != nil {
		t.Fatal(err)
	}
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
			c.seen = nil
			c.look(t)
			a := c.send(t, q, number, conditional)
			if refused := strings.Contains(a.text, `"errors":[`) || strings.Contains(a.text, `"userErrors":[{`); refused != strings.Contains(q.name, "refused") {
				t.Errorf("%s of %s, conditional: %t: %s", q, c.company.Name, conditional, a.body)
			}
			if other != nil {
				other.look(t)
				c.wantNoData(t, q, a.text, []*tenant{other})
			}
		}
	}
}

// read sends every request that only reads, as the administrator.
func (c *tenant) read(t *testing.T) view {
	t.Helper()
	c.seen = nil
	c.look(t)
	read := view{}
	for _, q := range requests {
		if q.reads() {
			read.addResponse(t, q, c.send(t, q, 0, false).body)
		}
	}
	return read
}

// send sends a request of the administrator.
func (c *tenant) send(t *testing.T, q request, number int, conditional bool) *attempt {
	t.Helper()
	clock.Advance(time.Second)
	a := &attempt{request: q, own: c, self: c.users[0]}
	a.make(t, c.server.URL, input{own: c, self: a.self, seen: c.seen, number: number}, conditional)
	a.call.Header.Set("Authorization", "Bearer "+c.server.Token(t, *a.self))
	if a.send(c.server.Client()); a.err != nil {
		t.Fatalf("%s: %v", q, a.err)
	}
	return a
}

// holdsData reports whether a name in a view is that of a route, of a field with
// fields or of a guarded field.
func holdsData(name string) bool {
	object, field, ok := strings.Cut(name, ".")
	if !ok {
		return true
	}
	schema := graph.Schema()
	def := schema.Types[object].Fields.ForName(field)
	return schema.Types[def.Type.Name()].IsCompositeType() || def.Directives.ForName("authenticated") != nil || def.Directives.ForName("admin") != nil
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
	ran               map[string]int // by the request's name
}

func TestCompaniesAreIsolated(t *testing.T) {
	server := newServer(t)
	sum := tally{ran: make(map[string]int)}
	rapid.Check(t, func(r *rapid.T) {
		var tenants []*tenant
		for i := range rapid.IntRange(2, 3).Draw(r, "companies") {
			tenants = append(tenants, newTenant(t, server, i))
		}
		before := states(t, server, tenants)
		for range rapid.IntRange(3, 12).Draw(r, "requests") {
			before = step(t, r, server, tenants, before, &sum)
		}
	})
	t.Logf("figure: isolation: %d requests, %d of which changed their own company", sum.requests, sum.changed)
	if sum.changed < sum.requests/5 {
		t.Error("too few requests changed anything")
	}
	for _, q := range requests {
		if sum.ran[q.String()] == 0 && !testing.Short() { // -short sends a fifth of the requests
			t.Errorf("%s was never sent", q)
		}
	}
}

// concurrentEvery is the average number of steps per step in which all users send
// a request at the same time, so that the server can batch reads of companies.
const concurrentEvery = 32

// step sends a request of one user, or of all users. before and after are the
// states of the companies.
func step(t *testing.T, r *rapid.T, server *testserver.Server, tenants []*tenant, before []string, sum *tally) (after []string) {
	clock.Advance(time.Second)
	for _, c := range tenants {
		c.look(t)
	}
	own := rapid.SampledFrom(tenants).Draw(r, "company")
	attempts := []*attempt{prepare(t, r, server, tenants, own, rapid.SampledFrom(own.users).Draw(r, "user"))}
	concurrent := rapid.IntRange(1, concurrentEvery).Draw(r, "concurrent") == concurrentEvery
	for _, other := range tenants {
		for _, user := range other.users {
			if concurrent && user != attempts[0].self {
				attempts = append(attempts, prepare(t, r, server, tenants, other, user))
			}
		}
	}
	var together sync.WaitGroup
	for _, a := range attempts {
		together.Go(func() { a.send(server.Client()) })
	}
	together.Wait()
	after = states(t, server, tenants)
	for _, a := range attempts {
		sum.requests++
		sum.ran[a.String()]++
		if before[a.own.index] != after[a.own.index] {
			sum.changed++
		}
		if a.err != nil {
			r.Fatalf("%s: %v", a, a.err)
		}
		a.own.wantNoData(r, a, a.text, tenants)
	}
	for i, c := range tenants {
		if before[i] == after[i] {
			continue
		}
		if c != own && !concurrent {
			r.Fatalf("%s of %s changed %s", attempts[0], own.company.Name, c.company.Name)
		}
		c.seen = nil
	}
	return after
}

func states(t *testing.T, server *testserver.Server, tenants []*tenant) []string {
	all := make([]string, len(tenants))
	for i, tenant := range tenants {
		all[i] = testdb.CompanyData(t, server.Pool, tenant.company.ID)
	}
	return all
}

// attempt is a request of a user of one company, and its response.
type attempt struct {
	request
	own  *tenant
	self *testdb.UserRow
	call *http.Request
	sent map[string]any // the body or the variables

	body string
	text string // the whole response, see responseText
	err  error
}

// prepare draws a request of a company's user, sometimes with a token that claims
// another company.
func prepare(t *testing.T, r *rapid.T, server *testserver.Server, tenants []*tenant, own *tenant, self *testdb.UserRow) *attempt {
	in := input{
		own:    own,
		self:   self,
		seen:   rapid.SampledFrom(tenants).Draw(r, "whose versions").seen,
		number: rapid.IntRange(0, 200).Draw(r, "number"),
	}
	claims := *self
	claims.CompanyID = rapid.SampledFrom(tenants).Draw(r, "claimed company").company.ID
	claims.Role = rapid.SampledFrom([]string{"admin", "operativo"}).Draw(r, "claimed role")
	a := &attempt{request: rapid.SampledFrom(requests).Draw(r, "request"), own: own, self: self}
	a.make(t, server.URL, in, rapid.Bool().Draw(r, "conditional"))
	token := server.Token(t, claims)
	if a.anyToken {
		holder := *rapid.SampledFrom(rapid.SampledFrom(tenants).Draw(r, "token's company").users).Draw(r, "token's user")
		token = rapid.SampledFrom([]string{"", "not.a.token", testserver.ExpiredToken(t, holder), server.Token(t, holder)}).Draw(r, "token")
	}
	a.call.Header.Set("Authorization", "Bearer "+token)
	return a
}

// send sends the request. It may run concurrently with other attempts.
func (a *attempt) send(client *http.Client) {
	response, err := client.Do(a.call)
	if err != nil {
		a.err = err
		return
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		a.err = err
		return
	}
	if response.StatusCode >= http.StatusInternalServerError {
		a.err = fmt.Errorf("%d %s", response.StatusCode, body)
		return
	}
	if a.newPassword != "" && response.StatusCode == http.StatusOK && (a.query == "" || strings.Contains(string(body), `"token":"`)) {
		a.self.Password = a.sent[a.newPassword].(string)
	}
	a.body = string(body)
	a.text, a.err = responseText(response.Header, a.body)
}

// make makes the HTTP request and its body or variables.
func (a *attempt) make(t *testing.T, url string, in input, conditional bool) {
	t.Helper()
	if a.fields != nil {
		a.sent = a.fields(in)
	}
	method, path, body := a.method, a.path, any(a.sent)
	if a.query != "" {
		method, path = http.MethodPost, "/graphql"
		if conditional && a.version != "" {
			a.sent["v"] = json.RawMessage(in.seen[a.version][0])
		}
		body = map[string]any{"query": a.query, "variables": a.sent}
	}
	var err error
	if a.call, err = http.NewRequest(method, url+path, strings.NewReader(testserver.JSON(t, body))); err != nil {
		t.Fatal(err)
	}
	a.call.Header.Set("Content-Type", "application/json")
}

// claimsIn matches tokens and captures their claims.
var claimsIn = regexp.MustCompile(`eyJ[\w-]+\.([\w-]+)\.[\w-]+`)

// responseText returns the body, the headers, and the decoded claims of the tokens in
// the body.
func responseText(header http.Header, body string) (string, error) {
	var all strings.Builder
	all.WriteString(body + "\n")
	if err := header.Write(&all); err != nil {
		return "", err
	}
	for _, token := range claimsIn.FindAllStringSubmatch(body, -1) {
		claims, err := base64.RawURLEncoding.DecodeString(token[1])
		if err != nil {
			return "", err
		}
		all.Write(claims)
	}
	return all.String(), nil
}
