package security_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/app"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// wantSession tells whether both edges still know a token.
func wantSession(c client, token string, lives bool) {
	c.t.Helper()
	a := c.send(token, http.MethodPost, "/graphql", `{"query":"{ me { id } }"}`)
	if got := !strings.Contains(a.body, "UNAUTHENTICATED"); got != lives {
		c.t.Errorf("GraphQL: %s", a.body)
	}
	a = c.send(token, http.MethodGet, "/api/perfil", "")
	if got := a.status == http.StatusOK; got != lives {
		c.t.Errorf("REST: %d %s", a.status, a.body)
	}
}

func TestATokenCountsInItsHeaderOnly(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	token := s.Token(t, s.People(t).Admin)
	wantSession(client{t: t, server: s}, token, true)
	for _, header := range []string{
		"Cookie: token=" + token, "Cookie: access_token=" + token, "Cookie: session=" + token, "X-Auth-Token: " + token, "X-CSRF-Token: " + token,
		"Proxy-Authorization: Bearer " + token, "Authorization: Token " + token, "Authorization: " + token,
	} {
		wantSession(client{t: t, server: s, header: []string{header}}, "", false)
	}
	c := client{t: t, server: s}
	for _, parameter := range []string{"token", "access_token", "jwt", "authorization"} {
		value := url.Values{parameter: {token}, "query": {"{ me { id } }"}}.Encode()
		if a := c.send("", http.MethodGet, "/api/perfil?"+value, ""); a.status != http.StatusUnauthorized {
			t.Errorf("?%s: %d %s", parameter, a.status, a.body)
		}
		if a := c.send("", http.MethodGet, "/graphql?"+value, ""); !strings.Contains(a.body, "UNAUTHENTICATED") {
			t.Errorf("?%s: %s", parameter, a.body)
		}
	}
}

func TestNoAddressTakesASecret(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	user := s.People(t).Admin
	c, token := client{t: t, server: s}, s.Token(t, user)
	login := url.Values{"query": {`mutation { login(input: {email: "` + user.Email + `", password: "` + testdb.Password + `"}) { token } }`}}
	if a := c.send("", http.MethodGet, "/graphql?"+login.Encode(), ""); a.status != http.StatusMethodNotAllowed {
		t.Errorf("login: %d %s", a.status, a.body)
	}
	key := url.Values{"query": {`mutation { setPmsIntegration(input: {provider: SMOOBU, apiKey: "k"}) { company { id } } }`}}
	if a := c.send(token, http.MethodGet, "/graphql?"+key.Encode(), ""); a.status != http.StatusMethodNotAllowed {
		t.Errorf("a key: %d %s", a.status, a.body)
	}
	credentials := url.Values{"email": {user.Email}, "password": {testdb.Password}, "proveedor": {"smoobu"}, "api_key": {"k"}}.Encode()
	if a := c.send("", http.MethodPost, "/api/auth/login?"+credentials, ""); a.status != http.StatusBadRequest {
		t.Errorf("legacy login: %d %s", a.status, a.body)
	}
	if a := c.send(token, http.MethodPut, "/api/perfil/integraciones/pms?"+credentials, ""); a.status != http.StatusBadRequest {
		t.Errorf("a legacy key: %d %s", a.status, a.body)
	}
}

// Nothing but a password makes a session longer.
func TestEverySessionEndsAfterItsHour(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := testserver.With(t, testdb.New(t, testdb.Own).Pool, app.Options{Now: clock.now})
	user := s.People(t).Admin
	c := client{t: t, server: s}
	for _, e := range edges {
		token := e.signIn(c, user.Email, testdb.Password).token
		for range 59 {
			clock.advance(time.Minute)
			wantSession(c, token, true) // use does not make it longer
		}
		clock.advance(time.Minute - time.Second)
		wantSession(c, token, true)
		clock.advance(time.Second)
		wantSession(c, token, false)
	}
}

// The user signs in with the old password again and again while the password is
// changed.
func TestAPasswordChangeLeavesTwoTokensWhileOthersSignIn(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	company := testdb.Company(t, s.Pool, testdb.CompanyRow{})
	c := client{t: t, server: s}
	survived := 0
	for range 12 {
		user := testdb.User(t, s.Pool, testdb.UserRow{CompanyID: company.ID})
		making := s.Token(t, user)
		others := signInMeanwhile(c, user.Email, func() {
			fresh := graphqlEdge.changePassword(c, making, testdb.Password, newPassword)
			fresh.want(t, "the change", "")
			wantSession(c, fresh.token, true)
			wantSession(c, making, true)
		})
		for _, token := range others {
			if a := c.send(token, http.MethodGet, "/api/perfil", ""); a.status != http.StatusUnauthorized {
				survived++
			}
		}
		if len(others) == 0 {
			t.Error("nobody signed in meanwhile")
		}
	}
	t.Logf("figure: sessions: after 12 password changes %d tokens of the old password were valid", survived)
	if survived > 0 {
		t.Errorf("%d tokens of the old password are valid", survived)
	}
}

// signInMeanwhile signs in with the old password on two connections before and
// while do runs, until the password is refused, and returns the tokens.
func signInMeanwhile(c client, email string, do func()) (tokens []string) {
	var mu sync.Mutex
	var all sync.WaitGroup
	first := make(chan struct{}, 2)
	for range 2 {
		all.Go(func() {
			for {
				a := graphqlEdge.signIn(c, email, testdb.Password)
				if a.token == "" && a.outcome != graphqlEdge.overloaded {
					return
				}
				mu.Lock()
				if a.token != "" {
					tokens = append(tokens, a.token)
				}
				mu.Unlock()
				select {
				case first <- struct{}{}:
				default:
				}
			}
		})
	}
	<-first
	do()
	all.Wait()
	return tokens
}
