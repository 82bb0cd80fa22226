package security_test

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/crypto/bcrypt"

	"github.com/stay-sidekick/profile-server/internal/app"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

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
func wantRateLimited(c client, email, seconds string) {
	c.t.Helper()
	for _, api := range apis {
		r := api.signIn(c, email, testdb.Password)
		r.want(c.t, api.name, api.rateLimited)
		if got := r.Header.Get("Retry-After"); got != seconds {
			c.t.Errorf("%s: Retry-After %q, want %s", api.name, got, seconds)
		}
		if got := r.find(`"retryAfterSeconds":(\d+)`); api.name == "GraphQL" && got != seconds {
			c.t.Errorf("retryAfterSeconds %q, want %s", got, seconds)
		}
	}
}

func wantSignIn(c client, email, password string) (token string) {
	c.t.Helper()
	for _, api := range apis {
		r := api.signIn(c, email, password)
		r.want(c.t, api.name, "")
		token = r.token()
	}
	return token
}

func TestFiveFailuresOverBothAPIsAndReplicasRateLimitAll(t *testing.T) {
	t.Parallel()
	one, clock := newClient(t)
	two := client{t: t, server: testserver.With(t, one.server.Pool, app.Options{Now: clock.Now})}
	people := one.server.People(t)
	guess(one, people.Admin.Email, 3)
	guess(two, people.Admin.Email, 2)
	wantRateLimited(one, people.Admin.Email, "30") // the correct password is not compared
	entries := testdb.Value[string](t, one.server.Pool, `select string_agg(n || ' ' || what, ', ' order by what) from (
		select concat_ws(' ', kind, changes->0->>'new') as what, count(*) as n from profile.audit_log where company_id = $1 group by 1) e`, people.Company.ID)
	if want := "5 SIGN_IN_REFUSED, 2 SIGN_IN_REFUSED RATE_LIMITED"; entries != want {
		t.Errorf("audit entries %s, want %s", entries, want)
	}
	wantSignIn(one, people.Operator.Email, testdb.Password)

	clock.Advance(29 * time.Second)
	wantRateLimited(two, people.Admin.Email, "1")
	clock.Advance(1 * time.Second)
	wantSignIn(one, people.Admin.Email, testdb.Password)
	guess(one, people.Admin.Email, 5) // the sign-in reset the count
	wantRateLimited(one, people.Admin.Email, "30")
	clock.Advance(30 * time.Second)
	guess(one, people.Admin.Email, 1)
	wantRateLimited(one, people.Admin.Email, "60")
}

// All clients behind an untrusted proxy share its address, so a limit per address
// would affect all of them.
func TestBehindUntrustedProxyOnlyTheHourlyLimitApplies(t *testing.T) {
	t.Parallel()
	c, clock := newClient(t)
	email := c.server.People(t).Admin.Email
	c = c.at("203.0.113.1")
	wantSignIn(c, email, testdb.Password) // does not make an address known
	guess(c, email, 100)
	clock.Advance(60 * time.Second)
	wantRateLimited(c, email, "3540")
	clock.Advance(3540 * time.Second)
	wantSignIn(c, email, testdb.Password)
}

func TestGuessingNeverBlocksASignedInUserFromChangingThePassword(t *testing.T) {
	t.Parallel()
	c, clock := newClient(t, behindProxy)
	user := c.server.People(t).Admin
	stolen, own := c.server.Token(t, user), c.server.Token(t, user)
	thief, owner := c.at("203.0.113.99"), c.at("203.0.113.1")
	guess(owner, user.Email, 5)
	wantRateLimited(owner, user.Email, "30")
	for i := range 5 { // changePassword has its own limit, so that a stolen token does not help to guess
		api := apis[i%len(apis)]
		api.changePassword(c.at("203.0.113."+strconv.Itoa(i)), stolen, wrong, newPassword).want(t, api.name, api.wrongPassword)
	}
	for _, api := range apis {
		r := api.changePassword(thief, stolen, testdb.Password, newPassword)
		r.want(t, api.name, api.rateLimited)
		if r.Header.Get("Retry-After") != "30" {
			t.Errorf("%s: Retry-After %q", api.name, r.Header.Get("Retry-After"))
		}
	}
	graphqlAPI.changePassword(owner, own, testdb.Password, newPassword).want(t, "GraphQL", "")
	restAPI.changePassword(c.at("203.0.113.100"), own, newPassword, testdb.Password).want(t, "REST", "")
	clock.Advance(30 * time.Second)
	wantSignIn(owner, user.Email, testdb.Password)
}

func TestOwnerSignsInFromKnownAddressDespiteGuessing(t *testing.T) {
	t.Parallel()
	c, _ := newClient(t, behindProxy)
	email := c.server.People(t).Admin.Email
	home, cafe := c.at("2001:db8::1"), c.at("198.51.100.1")
	token := wantSignIn(home, email, testdb.Password)
	for i := range 100 {
		guess(c.at("203.0.113."+strconv.Itoa(i%25)), email, 1)
	}
	wantRateLimited(cafe, email, "3600")
	wantSignIn(c.at("2001:db8::ffff"), email, testdb.Password) // in the same /64

	graphqlAPI.changePassword(cafe, token, testdb.Password, newPassword).want(t, "the change", "")
	wantRateLimited(home, email, "3600") // the change made the address unknown
}

// The guessers use 40 connections; each waits for its response.
func TestValidSignInsAndPasswordChangesSucceedWhileThreeAddressesGuess(t *testing.T) {
	t.Parallel()
	testtime.Slow(t)
	c := client{t: t, server: testserver.With(t, testdb.New(t, testdb.Own).Pool, app.Options{HashCost: slowCost(t), RefusalDelay: time.Second}, behindProxy)}
	ctx, stop := context.WithCancel(t.Context())
	var guessers sync.WaitGroup
	var guesses atomic.Int32
	for i := range 40 {
		from := c.at("203.0.113." + strconv.Itoa(i%3))
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
		people, api := c.server.People(t), apis[i%len(apis)]
		if api.signIn(c.at("198.51.100."+strconv.Itoa(i)), people.Admin.Email, testdb.Password).outcome == "" {
			signedIn++
		}
		if api.changePassword(c.at("198.51.100."+strconv.Itoa(100+i)), c.server.Token(t, people.Operator), testdb.Password, newPassword).outcome == "" {
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
			fastest = min(fastest, testtime.Elapsed(func() { _, _ = bcrypt.GenerateFromPassword([]byte(wrong), cost) }))
		}
		if fastest >= 50*time.Millisecond {
			return cost
		}
	}
}

func TestCommonPasswordsAreRefused(t *testing.T) {
	t.Parallel()
	c := client{t: t, server: testserver.New(t, testdb.Own)}
	company := testdb.Company(t, c.server.Pool, testdb.CompanyRow{Name: "Villa del Sol"})
	user := testdb.User(t, c.server.Pool, testdb.UserRow{CompanyID: company.ID, Email: "ana.lopez@casa-azul.example"})
	token := c.server.Token(t, user)
	for _, api := range apis {
		for _, password := range []string{"PassWord", "Stay-Sidekick1", user.Email, "CasaAzul2026!", "villa DEL sol 1"} {
			api.changePassword(c, token, testdb.Password, password).want(t, api.name+" "+password, api.weak)
		}
	}
	graphqlAPI.changePassword(c, token, testdb.Password, "q7-Lw2xz").want(t, "a short uncommon password", "")
	restAPI.changePassword(c, token, "q7-Lw2xz", "villa del sol con vistas al mar").want(t, "a long password", "")
}

func TestPasswordIsComparedExactly(t *testing.T) {
	t.Parallel()
	c := client{t: t, server: testserver.New(t, testdb.Own)}
	// ñ is one code point, é two code points.
	const exact = " Ñandú con cafe\u0301\t"
	for _, api := range apis {
		user := c.server.People(t).Admin
		api.changePassword(c, c.server.Token(t, user), testdb.Password, exact).want(t, api.name, "")
		for _, other := range []string{strings.TrimSpace(exact), exact + "\n", strings.ToLower(exact), strings.ReplaceAll(exact, "e\u0301", "é")} {
			api.signIn(c, user.Email, other).want(t, other, api.badCredentials)
		}
		wantSignIn(c, user.Email, exact)
	}
}
