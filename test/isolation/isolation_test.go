// Package isolation_test sends random requests of random users of random companies
// over both APIs, also with ids and versions of other companies. It checks that no
// request changes another company and that no response contains its data.
package isolation_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
	"pgregory.net/rapid"

	"github.com/stay-sidekick/profile-server/internal/app"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

// tally counts the requests of all runs.
type tally struct {
	requests, changed int
	ran               map[string]int // by the request's name
}

func TestCompaniesAreIsolated(t *testing.T) {
	server := testserver.With(t, testdb.New(t, testdb.Own).Pool, app.Options{Now: clock.Now})
	sum := tally{ran: make(map[string]int)}
	hash, err := bcrypt.GenerateFromPassword([]byte(testdb.Password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(r *rapid.T) {
		tenants := makeTenants(t, r, server, string(hash))
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
		if sum.ran[q.name] == 0 && !testing.Short() { // -short sends a fifth of the requests
			t.Errorf("%s was never sent", q.name)
		}
	}
}

// clock is the clock of the server.
var clock = testtime.NewClock(time.Now())

// concurrentEvery is the average number of steps per step in which all users send
// a request at the same time, so that the server can batch reads of companies.
const concurrentEvery = 32

// step sends a request of one user, or of all users. before and after are the
// states of the companies.
func step(t *testing.T, r *rapid.T, server *testserver.Server, tenants []*tenant, before []string, sum *tally) (after []string) {
	clock.Advance(time.Second) // a token of the second of a password change is not valid
	for _, c := range tenants {
		c.look(t, server)
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
		sum.ran[a.name]++
		if before[a.own.index] != after[a.own.index] {
			sum.changed++
		}
		a.check(r, tenants)
	}
	for i, c := range tenants {
		if before[i] == after[i] {
			continue
		}
		if c != own && !concurrent {
			r.Fatalf("%s of %s changed %s", attempts[0].name, own.company.Name, c.company.Name)
		}
		c.seen = nil
	}
	return after
}

// check checks that the response contains no data of another company.
func (a *attempt) check(r *rapid.T, tenants []*tenant) {
	if a.err != nil {
		r.Fatalf("%s: %v", a.name, a.err)
	}
	for _, other := range tenants {
		for _, mark := range other.marks() {
			if other != a.own && strings.Contains(a.text, mark) {
				r.Fatalf("%s: the response to a user of %s contains %q: %s", a.name, a.own.company.Name, mark, a.text)
			}
		}
	}
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

	text string // the whole response, see responseText
	err  error
}

// prepare draws a request of a company's user, sometimes with a token that claims
// another company.
func prepare(t *testing.T, r *rapid.T, server *testserver.Server, tenants []*tenant, own *tenant, self *testdb.UserRow) *attempt {
	s := requestInput{
		own:    own,
		self:   self,
		seen:   rapid.SampledFrom(tenants).Draw(r, "whose versions").seen,
		number: rapid.IntRange(0, 200).Draw(r, "number"),
	}
	claims := *self
	claims.CompanyID = rapid.SampledFrom(tenants).Draw(r, "claimed company").company.ID
	claims.Role = rapid.SampledFrom([]string{"admin", "operativo"}).Draw(r, "claimed role")
	a := &attempt{request: rapid.SampledFrom(requests).Draw(r, "request"), own: own, self: self}
	a.call, a.sent = a.make(r, server.URL, s)
	token := server.Token(t, claims)
	if a.anyToken {
		holder := *rapid.SampledFrom(rapid.SampledFrom(tenants).Draw(r, "token's company").users).Draw(r, "token's user")
		token = rapid.SampledFrom([]string{"", "not.a.token", expiredToken(t, holder), server.Token(t, holder)}).Draw(r, "token")
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
	if a.newPassword != nil && response.StatusCode == http.StatusOK && (a.query == "" || strings.Contains(string(body), `"token":"`)) {
		a.self.Password = a.newPassword(a.sent)
	}
	a.text, a.err = responseText(response.Header, string(body))
}

// make returns the HTTP request and its body or variables.
func (q request) make(r *rapid.T, url string, s requestInput) (call *http.Request, sent map[string]any) {
	var body any
	if q.fields != nil {
		sent = q.fields(s)
		body = sent
	}
	if q.query != "" {
		if q.version != nil && rapid.Bool().Draw(r, "conditional") {
			sent["v"] = q.version(s.seen)
		}
		body = map[string]any{"query": q.query, "variables": sent}
	}
	text, err := json.Marshal(body)
	if err != nil {
		r.Fatal(err)
	}
	if call, err = http.NewRequest(q.method, url+q.path, strings.NewReader(string(text))); err != nil {
		r.Fatal(err)
	}
	call.Header.Set("Content-Type", "application/json")
	return call, sent
}

// claimsIn matches tokens and captures their claims.
var claimsIn = regexp.MustCompile(`eyJ[\w-]+\.([\w-]+)\.[\w-]+`)

// responseText returns the headers, the body, and the decoded claims of the tokens
// in the body.
func responseText(header http.Header, body string) (string, error) {
	var all strings.Builder
	if err := header.Write(&all); err != nil {
		return "", err
	}
	all.WriteString(body)
	for _, token := range claimsIn.FindAllStringSubmatch(body, -1) {
		claims, err := base64.RawURLEncoding.DecodeString(token[1])
		if err != nil {
			return "", err
		}
		all.Write(claims)
	}
	return all.String(), nil
}
