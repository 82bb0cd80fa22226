package security_test

import (
	"context"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/crypto/bcrypt"

	"github.com/stay-sidekick/profile-server/internal/app"
	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// behindProxy trusts the proxy that tests are.
func behindProxy(c *config.Config) {
	c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
}

// guess fails to sign in so many times, on both edges in turns.
func guess(c client, email string, times int) {
	c.t.Helper()
	for i := range times {
		e := edges[i%len(edges)]
		e.signIn(c, email, wrong).want(c.t, e.name+", guess "+strconv.Itoa(i+1), e.badCredentials)
	}
}

// wantWait checks that a sign-in with the right password has to wait so long.
func wantWait(c client, email string, seconds int) {
	c.t.Helper()
	for _, e := range edges {
		a := e.signIn(c, email, testdb.Password)
		a.want(c.t, e.name, e.rateLimited)
		if got := a.header.Get("Retry-After"); got != strconv.Itoa(seconds) {
			c.t.Errorf("%s: Retry-After %q, want %d", e.name, got, seconds)
		}
		if e.name == "GraphQL" && a.retryAfter != seconds {
			c.t.Errorf("retryAfterSeconds %d, want %d", a.retryAfter, seconds)
		}
	}
}

func wantSignIn(c client, email, password string) string {
	c.t.Helper()
	var token string
	for _, e := range edges {
		a := e.signIn(c, email, password)
		a.want(c.t, e.name, "")
		token = a.token
	}
	return token
}

// wantRecorded counts what the audit log tells a company of sign-ins.
func wantRecorded(t *testing.T, s *testserver.Server, company uuid.UUID, want string) {
	t.Helper()
	var got string
	err := s.Pool.QueryRow(t.Context(), `select string_agg(n || ' ' || what, ', ' order by what) from (
		select concat_ws(' ', kind, changes->0->>'new') as what, count(*) as n from profile.audit_log where company_id = $1 group by 1) e`, company).Scan(&got)
	if err != nil || got != want {
		t.Errorf("recorded %s, %v, want %s", got, err, want)
	}
}

func TestAfterFiveFailuresOnBothEdgesTogetherBothAskToWait(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := testserver.With(t, testdb.New(t, testdb.Own).Pool, app.Options{Now: clock.now})
	people := s.People(t)
	c := client{t: t, server: s}
	guess(c, people.Admin.Email, 5)
	wantWait(c, people.Admin.Email, 30) // the right password is not tried
	wantRecorded(t, s, people.Company.ID, "5 SIGN_IN_REFUSED, 2 SIGN_IN_REFUSED RATE_LIMITED")
	wantSignIn(c, people.Operator.Email, testdb.Password)

	clock.advance(29 * time.Second)
	wantWait(c, people.Admin.Email, 1)
	clock.advance(1 * time.Second)
	wantSignIn(c, people.Admin.Email, testdb.Password)
	guess(c, people.Admin.Email, 5) // all is forgotten
	wantWait(c, people.Admin.Email, 30)
	clock.advance(30 * time.Second)
	guess(c, people.Admin.Email, 1)
	wantWait(c, people.Admin.Email, 60)
}

func TestAnUnknownAccountAsksToWaitAsAnyOther(t *testing.T) {
	t.Parallel()
	c := client{t: t, server: testserver.With(t, testdb.New(t, testdb.Own).Pool, app.Options{Now: newClock().now})}
	guess(c, "nobody@example.com", 5)
	wantWait(c, "nobody@example.com", 30)
	wantWait(c, " NOBODY@example.com", 30)
}

func TestAGuesserLocksNobodyOutFromAnotherAddress(t *testing.T) {
	t.Parallel()
	s := testserver.With(t, testdb.New(t, testdb.Own).Pool, app.Options{Now: newClock().now}, behindProxy)
	email := s.People(t).Admin.Email
	guesser := client{t: t, server: s, header: []string{"X-Forwarded-For: 203.0.113.1"}}
	owner := client{t: t, server: s, header: []string{"X-Forwarded-For: 203.0.113.2"}}
	guess(guesser, email, 5)
	wantWait(guesser, email, 30)
	wantWait(client{t: t, server: s, header: []string{"X-Forwarded-For: 203.0.113.2, 203.0.113.1"}}, email, 30) // what a client adds does not count
	wantSignIn(owner, email, testdb.Password)
}

func TestReplicasCountTogether(t *testing.T) {
	t.Parallel()
	pool, clock := testdb.New(t, testdb.Own).Pool, newClock()
	one := testserver.With(t, pool, app.Options{Now: clock.now})
	two := testserver.With(t, pool, app.Options{Now: clock.now})
	email := one.People(t).Admin.Email
	guess(client{t: t, server: one}, email, 3)
	guess(client{t: t, server: two}, email, 2)
	wantWait(client{t: t, server: one}, email, 30)
}

// An account has two passwords checked at a time: others are overloaded, and
// not counted.
func TestGuessesAtTheSameTimeCountTogether(t *testing.T) {
	t.Parallel()
	s := testserver.With(t, testdb.New(t, testdb.Own).Pool, app.Options{Now: newClock().now})
	email := s.People(t).Admin.Email
	c := client{t: t, server: s}
	var mu sync.Mutex
	tried := 0
	var all sync.WaitGroup
	for i := range 24 {
		all.Go(func() {
			e := edges[i%len(edges)]
			switch a := e.signIn(c, email, wrong); a.outcome {
			case e.badCredentials:
				mu.Lock()
				tried++
				mu.Unlock()
			case e.rateLimited, e.overloaded:
			default:
				t.Errorf("%s: %s", e.name, a.body)
			}
		})
	}
	all.Wait()
	if tried > 5 {
		t.Errorf("%d passwords were tried at once, want at most 5", tried)
	}
	guess(c, email, 5-tried)
	wantWait(c, email, 30)
}

func TestOneRequestTriesOnePassword(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	email := s.People(t).Admin.Email
	c := client{t: t, server: s}
	try := func(alias, password string) string {
		return alias + `: login(input: {email: "` + email + `", password: "` + password + `"}) { token }`
	}
	for what, body := range map[string]string{
		"aliases":   encode(t, object{"query": "mutation { " + try("a", wrong) + " " + try("b", testdb.Password) + " }"}),
		"fragments": encode(t, object{"query": "mutation { ...f ...g } fragment f on Mutation { " + try("a", wrong) + " } fragment g on Mutation { " + try("b", testdb.Password) + " }"}),
		"a batch":   encode(t, []object{{"query": "mutation { " + try("a", wrong) + " }"}, {"query": "mutation { " + try("b", testdb.Password) + " }"}}),
	} {
		if a := c.send("", http.MethodPost, "/graphql", body); strings.Contains(a.body, "token") || !strings.Contains(a.body, `"errors"`) {
			t.Errorf("%s: %s", what, a.body)
		}
	}
	var attempts int
	if err := s.Pool.QueryRow(t.Context(), "select count(*) from profile.attempts").Scan(&attempts); err != nil || attempts != 0 {
		t.Errorf("%d accounts were tried, %v", attempts, err)
	}
}

// Everybody behind a proxy that is not trusted would wait for everybody else.
func TestBehindAnUntrustedProxyOnlyTheHourlyLimitHoldsAndTheLogWarns(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := testserver.With(t, testdb.New(t, testdb.Own).Pool, app.Options{Now: clock.now})
	email := s.People(t).Admin.Email
	c := client{t: t, server: s, header: []string{"X-Forwarded-For: 203.0.113.1"}}
	wantSignIn(c, email, testdb.Password) // no address becomes known
	guess(c, email, 100)
	clock.advance(60 * time.Second)
	wantWait(c, email, 3540)
	if n := strings.Count(s.Log.String(), "X-Forwarded-For comes from a peer that is not trusted"); n != 1 || !strings.Contains(s.Log.String(), "TRUSTED_PROXIES") {
		t.Errorf("the log warns %d times", n)
	}
	clock.advance(3540 * time.Second)
	wantSignIn(c, email, testdb.Password)
}

// A health check without the header, which proxies send themselves, is no fault.
func TestBehindATrustedProxyThatNamesNoClientOnlyTheHourlyLimitHoldsAndTheLogWarns(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := testserver.With(t, testdb.New(t, testdb.Own).Pool, app.Options{Now: clock.now}, behindProxy)
	email := s.People(t).Admin.Email
	c := client{t: t, server: s}
	warnings := func() int {
		return strings.Count(s.Log.String(), "a trusted proxy names no client in X-Forwarded-For")
	}
	c.send("", http.MethodGet, "/readyz", "")
	if n := warnings(); n != 0 {
		t.Errorf("the log warns %d times before it matters", n)
	}
	guess(c, email, 100)
	wantWait(c, email, 3600)
	if n := warnings(); n != 1 {
		t.Errorf("the log warns %d times", n)
	}
	var fromPeer int
	err := s.Pool.QueryRow(t.Context(), "select count(*) from profile.audit_log where host(address) = '127.0.0.1'").Scan(&fromPeer)
	if err != nil || fromPeer != 102 {
		t.Errorf("%d entries name the peer, %v", fromPeer, err)
	}
}

func TestGuessingNeverBlocksASignedInUserFromChangingThePassword(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := testserver.With(t, testdb.New(t, testdb.Own).Pool, app.Options{Now: clock.now})
	user := s.People(t).Admin
	token := s.Token(t, user)
	c := client{t: t, server: s}
	guess(c, user.Email, 5)
	wantWait(c, user.Email, 30)
	graphqlEdge.changePassword(c, token, testdb.Password, newPassword).want(t, "GraphQL", "")
	restEdge.changePassword(c, token, newPassword, testdb.Password).want(t, "REST", "")

	for i := range 5 { // who took over a session may not guess the password either
		e := edges[i%len(edges)]
		e.changePassword(c, token, wrong, newPassword).want(t, e.name, e.wrongPassword)
	}
	for _, e := range edges {
		a := e.changePassword(c, token, testdb.Password, newPassword)
		a.want(t, e.name, e.rateLimited)
		if a.header.Get("Retry-After") != "30" {
			t.Errorf("%s: Retry-After %q", e.name, a.header.Get("Retry-After"))
		}
	}
	clock.advance(30 * time.Second)
	wantSignIn(c, user.Email, testdb.Password)
}

// at returns a client with an address of its own, behind a trusted proxy.
func at(t *testing.T, s *testserver.Server, address string) client {
	return client{t: t, server: s, header: []string{"X-Forwarded-For: " + address}}
}

func TestAStolenTokenDoesNotStopTheOwnerFromChangingThePassword(t *testing.T) {
	t.Parallel()
	s := testserver.With(t, testdb.New(t, testdb.Own).Pool, app.Options{Now: newClock().now}, behindProxy)
	user := s.People(t).Admin
	stolen, own := s.Token(t, user), s.Token(t, user)
	for i := range 5 {
		e := edges[i%len(edges)]
		e.changePassword(at(t, s, "203.0.113."+strconv.Itoa(i)), stolen, wrong, newPassword).want(t, e.name, e.wrongPassword)
	}
	for _, e := range edges {
		e.changePassword(at(t, s, "203.0.113.99"), stolen, wrong, newPassword).want(t, e.name, e.rateLimited)
	}
	graphqlEdge.changePassword(at(t, s, "203.0.113.0"), own, testdb.Password, newPassword).want(t, "GraphQL", "")
	restEdge.changePassword(at(t, s, "203.0.113.100"), own, newPassword, testdb.Password).want(t, "REST", "")
}

func TestAnOwnerSignsInFromAKnownAddressWhateverIsGuessedElsewhere(t *testing.T) {
	t.Parallel()
	s := testserver.With(t, testdb.New(t, testdb.Own).Pool, app.Options{Now: newClock().now}, behindProxy)
	email := s.People(t).Admin.Email
	home, cafe := at(t, s, "2001:db8::1"), at(t, s, "198.51.100.1")
	token := wantSignIn(home, email, testdb.Password)
	for i := range 100 {
		guess(at(t, s, "203.0.113."+strconv.Itoa(i%25)), email, 1)
	}
	wantWait(cafe, email, 3600)
	wantSignIn(at(t, s, "2001:db8::ffff"), email, testdb.Password) // of the same /64

	graphqlEdge.changePassword(cafe, token, testdb.Password, newPassword).want(t, "the change", "")
	wantWait(home, email, 3600) // the change forgot it
}

// The guessers are on 40 connections; each waits for its response.
func TestValidSignInsAndPasswordChangesSucceedWhileThreeAddressesGuess(t *testing.T) {
	t.Parallel()
	s := testserver.With(t, testdb.New(t, testdb.Own).Pool, app.Options{HashCost: slowCost(t), RefusalDelay: time.Second}, behindProxy)
	ctx, stop := context.WithCancel(t.Context())
	var guessers sync.WaitGroup
	var guesses atomic.Int32
	for i := range 40 {
		from := at(t, s, "203.0.113."+strconv.Itoa(i%3))
		guessers.Go(func() {
			for ctx.Err() == nil {
				graphqlEdge.signIn(from, uuid.NewString()+"@example.com", wrong)
				guesses.Add(1)
			}
		})
	}
	defer guessers.Wait()
	defer stop()
	for guesses.Load() < 40 {
		time.Sleep(time.Millisecond)
	}
	signedIn, changed := 0, 0
	for i := range 10 {
		person, e := s.People(t), edges[i%len(edges)]
		if e.signIn(at(t, s, "198.51.100."+strconv.Itoa(i)), person.Admin.Email, testdb.Password).outcome == "" {
			signedIn++
		}
		if e.changePassword(at(t, s, "198.51.100."+strconv.Itoa(100+i)), s.Token(t, person.Operator), testdb.Password, newPassword).outcome == "" {
			changed++
		}
	}
	t.Logf("figure: guessing: beside 40 guessing connections of three addresses %d of 10 sign-ins and %d of 10 password changes succeeded", signedIn, changed)
	if signedIn < 9 || changed < 9 {
		t.Errorf("%d of 10 sign-ins and %d of 10 password changes succeeded", signedIn, changed)
	}
}

// slowCost is a bcrypt cost at which a hash takes some 60 ms on this machine, so
// that the guessers keep the hashing slots busy.
func slowCost(t *testing.T) int {
	t.Helper()
	for cost := bcrypt.MinCost; ; cost++ {
		fastest := time.Hour
		for range 3 {
			start := time.Now()
			if _, err := bcrypt.GenerateFromPassword([]byte(wrong), cost); err != nil {
				t.Fatal(err)
			}
			fastest = min(fastest, time.Since(start))
		}
		if fastest >= 50*time.Millisecond {
			return cost
		}
	}
}
