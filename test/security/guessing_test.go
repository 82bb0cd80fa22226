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
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// behindProxy trusts the tests as a proxy.
func behindProxy(c *config.Config) {
	c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
}

// guess signs in with a wrong password, alternately over both APIs.
func guess(c client, email string, times int) {
	c.t.Helper()
	for i := range times {
		api := apis[i%len(apis)]
		api.signIn(c, email, wrong).want(c.t, api.name+", guess "+strconv.Itoa(i+1), api.badCredentials)
	}
}

// wantRateLimited checks that a sign-in with the correct password is rate-limited
// for the given time.
func wantRateLimited(c client, email string, seconds int) {
	c.t.Helper()
	for _, api := range apis {
		r := api.signIn(c, email, testdb.Password)
		r.want(c.t, api.name, api.rateLimited)
		if got := r.Header.Get("Retry-After"); got != strconv.Itoa(seconds) {
			c.t.Errorf("%s: Retry-After %q, want %d", api.name, got, seconds)
		}
		if api.name == "GraphQL" && r.retryAfter != seconds {
			c.t.Errorf("retryAfterSeconds %d, want %d", r.retryAfter, seconds)
		}
	}
}

func wantSignIn(c client, email, password string) string {
	c.t.Helper()
	var token string
	for _, api := range apis {
		r := api.signIn(c, email, password)
		r.want(c.t, api.name, "")
		token = r.token
	}
	return token
}

// wantAuditEntries checks the numbers of audit entries of a company by kind.
func wantAuditEntries(t *testing.T, s *testserver.Server, company uuid.UUID, want string) {
	t.Helper()
	got := testdb.Value[string](t, s.Pool, `select string_agg(n || ' ' || what, ', ' order by what) from (
		select concat_ws(' ', kind, changes->0->>'new') as what, count(*) as n from profile.audit_log where company_id = $1 group by 1) e`, company)
	if got != want {
		t.Errorf("audit entries %s, want %s", got, want)
	}
}

func TestFiveFailuresOverBothAPIsRateLimitBoth(t *testing.T) {
	t.Parallel()
	clock := frozenClock()
	c := newClient(t, clock)
	s := c.server
	people := s.People(t)
	guess(c, people.Admin.Email, 5)
	wantRateLimited(c, people.Admin.Email, 30) // the correct password is not compared
	wantAuditEntries(t, s, people.Company.ID, "5 SIGN_IN_REFUSED, 2 SIGN_IN_REFUSED RATE_LIMITED")
	wantSignIn(c, people.Operator.Email, testdb.Password)

	clock.Advance(29 * time.Second)
	wantRateLimited(c, people.Admin.Email, 1)
	clock.Advance(1 * time.Second)
	wantSignIn(c, people.Admin.Email, testdb.Password)
	guess(c, people.Admin.Email, 5) // the sign-in reset the count
	wantRateLimited(c, people.Admin.Email, 30)
	clock.Advance(30 * time.Second)
	guess(c, people.Admin.Email, 1)
	wantRateLimited(c, people.Admin.Email, 60)
}

func TestReplicasShareAttemptCounts(t *testing.T) {
	t.Parallel()
	pool, clock := testdb.New(t, testdb.Own).Pool, frozenClock()
	one := testserver.With(t, pool, app.Options{Now: clock.Now})
	two := testserver.With(t, pool, app.Options{Now: clock.Now})
	email := one.People(t).Admin.Email
	guess(client{t: t, server: one}, email, 3)
	guess(client{t: t, server: two}, email, 2)
	wantRateLimited(client{t: t, server: one}, email, 30)
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
		"aliases":   testserver.JSON(t, object{"query": "mutation { " + try("a", wrong) + " " + try("b", testdb.Password) + " }"}),
		"fragments": testserver.JSON(t, object{"query": "mutation { ...f ...g } fragment f on Mutation { " + try("a", wrong) + " } fragment g on Mutation { " + try("b", testdb.Password) + " }"}),
		"a batch":   testserver.JSON(t, []object{{"query": "mutation { " + try("a", wrong) + " }"}, {"query": "mutation { " + try("b", testdb.Password) + " }"}}),
	} {
		if r := c.send("", http.MethodPost, "/graphql", body); strings.Contains(r.Body, "token") || !strings.Contains(r.Body, `"errors"`) {
			t.Errorf("%s: %s", what, r.Body)
		}
	}
	if attempts := testdb.Value[int](t, s.Pool, "select count(*) from profile.attempts"); attempts != 0 {
		t.Errorf("%d attempts are stored", attempts)
	}
}

// All clients behind an untrusted proxy share its address, so a limit per address
// would affect all of them.
func TestBehindUntrustedProxyOnlyTheHourlyLimitApplies(t *testing.T) {
	t.Parallel()
	clock := frozenClock()
	s := newClient(t, clock).server
	email := s.People(t).Admin.Email
	c := at(t, s, "203.0.113.1")
	wantSignIn(c, email, testdb.Password) // does not make an address known
	guess(c, email, 100)
	clock.Advance(60 * time.Second)
	wantRateLimited(c, email, 3540)
	if n := strings.Count(s.Log.String(), "X-Forwarded-For comes from a peer that is not trusted"); n != 1 || !strings.Contains(s.Log.String(), "TRUSTED_PROXIES") {
		t.Errorf("%d warnings in the log", n)
	}
	clock.Advance(3540 * time.Second)
	wantSignIn(c, email, testdb.Password)
}

func TestGuessingNeverBlocksASignedInUserFromChangingThePassword(t *testing.T) {
	t.Parallel()
	clock := frozenClock()
	c := newClient(t, clock)
	user := c.server.People(t).Admin
	token := c.server.Token(t, user)
	guess(c, user.Email, 5)
	wantRateLimited(c, user.Email, 30)
	graphqlAPI.changePassword(c, token, testdb.Password, newPassword).want(t, "GraphQL", "")
	restAPI.changePassword(c, token, newPassword, testdb.Password).want(t, "REST", "")

	for i := range 5 { // changePassword has its own limit, so that a stolen token does not help to guess
		api := apis[i%len(apis)]
		api.changePassword(c, token, wrong, newPassword).want(t, api.name, api.wrongPassword)
	}
	for _, api := range apis {
		r := api.changePassword(c, token, testdb.Password, newPassword)
		r.want(t, api.name, api.rateLimited)
		if r.Header.Get("Retry-After") != "30" {
			t.Errorf("%s: Retry-After %q", api.name, r.Header.Get("Retry-After"))
		}
	}
	clock.Advance(30 * time.Second)
	wantSignIn(c, user.Email, testdb.Password)
}

// at returns a client with the given address.
func at(t *testing.T, s *testserver.Server, address string) client {
	return client{t: t, server: s, headers: []string{"X-Forwarded-For: " + address}}
}

func TestAStolenTokenDoesNotStopTheOwnerFromChangingThePassword(t *testing.T) {
	t.Parallel()
	s := newClient(t, frozenClock(), behindProxy).server
	user := s.People(t).Admin
	stolen, own := s.Token(t, user), s.Token(t, user)
	for i := range 5 {
		api := apis[i%len(apis)]
		api.changePassword(at(t, s, "203.0.113."+strconv.Itoa(i)), stolen, wrong, newPassword).want(t, api.name, api.wrongPassword)
	}
	for _, api := range apis {
		api.changePassword(at(t, s, "203.0.113.99"), stolen, wrong, newPassword).want(t, api.name, api.rateLimited)
	}
	graphqlAPI.changePassword(at(t, s, "203.0.113.0"), own, testdb.Password, newPassword).want(t, "GraphQL", "")
	restAPI.changePassword(at(t, s, "203.0.113.100"), own, newPassword, testdb.Password).want(t, "REST", "")
}

func TestOwnerSignsInFromKnownAddressDespiteGuessing(t *testing.T) {
	t.Parallel()
	s := newClient(t, frozenClock(), behindProxy).server
	email := s.People(t).Admin.Email
	home, cafe := at(t, s, "2001:db8::1"), at(t, s, "198.51.100.1")
	token := wantSignIn(home, email, testdb.Password)
	for i := range 100 {
		guess(at(t, s, "203.0.113."+strconv.Itoa(i%25)), email, 1)
	}
	wantRateLimited(cafe, email, 3600)
	wantSignIn(at(t, s, "2001:db8::ffff"), email, testdb.Password) // in the same /64

	graphqlAPI.changePassword(cafe, token, testdb.Password, newPassword).want(t, "the change", "")
	wantRateLimited(home, email, 3600) // the change made the address unknown
}

// The guessers use 40 connections; each waits for its response.
func TestValidSignInsAndPasswordChangesSucceedWhileThreeAddressesGuess(t *testing.T) {
	t.Parallel()
	testtime.Slow(t)
	s := testserver.With(t, testdb.New(t, testdb.Own).Pool, app.Options{HashCost: slowCost(t), RefusalDelay: time.Second}, behindProxy)
	ctx, stop := context.WithCancel(t.Context())
	var guessers sync.WaitGroup
	var guesses atomic.Int32
	for i := range 40 {
		from := at(t, s, "203.0.113."+strconv.Itoa(i%3))
		guessers.Go(func() {
			for ctx.Err() == nil {
				graphqlAPI.signIn(from, uuid.NewString()+"@example.com", wrong)
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
		people, api := s.People(t), apis[i%len(apis)]
		if api.signIn(at(t, s, "198.51.100."+strconv.Itoa(i)), people.Admin.Email, testdb.Password).outcome == "" {
			signedIn++
		}
		if api.changePassword(at(t, s, "198.51.100."+strconv.Itoa(100+i)), s.Token(t, people.Operator), testdb.Password, newPassword).outcome == "" {
			changed++
		}
	}
	t.Logf("figure: guessing: beside 40 guessing connections of three addresses %d of 10 sign-ins and %d of 10 password changes succeeded", signedIn, changed)
	if signedIn < 9 || changed < 9 {
		t.Errorf("%d of 10 sign-ins and %d of 10 password changes succeeded", signedIn, changed)
	}
}

// slowCost returns a bcrypt cost at which a hash takes at least 50 ms on this
// machine, so that the guessers keep the hashing slots busy.
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
