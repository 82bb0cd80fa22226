package security_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// wantSession checks whether both APIs accept a token.
func wantSession(c client, token string, accepted bool) {
	c.t.Helper()
	r := c.send(token, http.MethodPost, "/graphql", `{"query":"{ me { id } }"}`)
	if got := !strings.Contains(r.Body, "UNAUTHENTICATED"); got != accepted {
		c.t.Errorf("GraphQL: %s", r.Body)
	}
	r = c.send(token, http.MethodGet, "/api/perfil", "")
	if got := r.Status == http.StatusOK; got != accepted {
		c.t.Errorf("REST: %d %s", r.Status, r.Body)
	}
}

func TestTokenIsAcceptedOnlyInAuthorizationHeader(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	token := s.Token(t, s.People(t).Admin)
	wantSession(client{t: t, server: s}, token, true)
	for _, header := range []string{
		"Cookie: token=" + token, "Cookie: access_token=" + token, "Cookie: session=" + token, "X-Auth-Token: " + token, "X-CSRF-Token: " + token,
		"Proxy-Authorization: Bearer " + token, "Authorization: Token " + token, "Authorization: " + token,
	} {
		wantSession(client{t: t, server: s, headers: []string{header}}, "", false)
	}
	c := client{t: t, server: s}
	for _, parameter := range []string{"token", "access_token", "jwt", "authorization"} {
		value := url.Values{parameter: {token}, "query": {"{ me { id } }"}}.Encode()
		if r := c.send("", http.MethodGet, "/api/perfil?"+value, ""); r.Status != http.StatusUnauthorized {
			t.Errorf("?%s: %d %s", parameter, r.Status, r.Body)
		}
		if r := c.send("", http.MethodGet, "/graphql?"+value, ""); !strings.Contains(r.Body, "UNAUTHENTICATED") {
			t.Errorf("?%s: %s", parameter, r.Body)
		}
	}
}

func TestSecretsInURLsAreRefused(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	user := s.People(t).Admin
	c, token := client{t: t, server: s}, s.Token(t, user)
	login := url.Values{"query": {`mutation { login(input: {email: "` + user.Email + `", password: "` + testdb.Password + `"}) { token } }`}}
	if r := c.send("", http.MethodGet, "/graphql?"+login.Encode(), ""); r.Status != http.StatusMethodNotAllowed {
		t.Errorf("login: %d %s", r.Status, r.Body)
	}
	key := url.Values{"query": {`mutation { setPmsIntegration(input: {provider: SMOOBU, apiKey: "k"}) { company { id } } }`}}
	if r := c.send(token, http.MethodGet, "/graphql?"+key.Encode(), ""); r.Status != http.StatusMethodNotAllowed {
		t.Errorf("API key: %d %s", r.Status, r.Body)
	}
	credentials := url.Values{"email": {user.Email}, "password": {testdb.Password}, "proveedor": {"smoobu"}, "api_key": {"k"}}.Encode()
	if r := c.send("", http.MethodPost, "/api/auth/login?"+credentials, ""); r.Status != http.StatusBadRequest {
		t.Errorf("legacy login: %d %s", r.Status, r.Body)
	}
	if r := c.send(token, http.MethodPut, "/api/perfil/integraciones/pms?"+credentials, ""); r.Status != http.StatusBadRequest {
		t.Errorf("legacy API key: %d %s", r.Status, r.Body)
	}
}

// Use of a token does not extend it.
func TestTokenExpiresAfterAnHour(t *testing.T) {
	t.Parallel()
	clock := frozenClock()
	c := newClient(t, clock)
	user := c.server.People(t).Admin
	for _, api := range apis {
		token := api.signIn(c, user.Email, testdb.Password).token
		for range 59 {
			clock.Advance(time.Minute)
			wantSession(c, token, true)
		}
		clock.Advance(time.Minute - time.Second)
		wantSession(c, token, true)
		clock.Advance(time.Second)
		wantSession(c, token, false)
	}
}

// The user signs in with the old password repeatedly during the change.
func TestPasswordChangeKeepsTwoTokensDuringConcurrentSignIns(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	company := testdb.Company(t, s.Pool, testdb.CompanyRow{})
	c := client{t: t, server: s}
	survived := 0
	for range 12 {
		user := testdb.User(t, s.Pool, testdb.UserRow{CompanyID: company.ID})
		changer := s.Token(t, user)
		others := signInDuring(c, user.Email, func() {
			fresh := graphqlAPI.changePassword(c, changer, testdb.Password, newPassword)
			fresh.want(t, "the change", "")
			wantSession(c, fresh.token, true)
			wantSession(c, changer, true)
		})
		for _, token := range others {
			if r := c.send(token, http.MethodGet, "/api/perfil", ""); r.Status != http.StatusUnauthorized {
				survived++
			}
		}
		if len(others) == 0 {
			t.Error("no sign-in succeeded during the change")
		}
	}
	t.Logf("figure: sessions: after 12 password changes %d tokens of the old password were valid", survived)
	if survived > 0 {
		t.Errorf("%d tokens of the old password are valid", survived)
	}
}

// signInDuring calls do while two connections sign in with the old password until
// it is refused, and returns their tokens.
func signInDuring(c client, email string, do func()) (tokens []string) {
	var mu sync.Mutex
	var all sync.WaitGroup
	first := make(chan struct{}, 2)
	for range 2 {
		all.Go(func() {
			for {
				r := graphqlAPI.signIn(c, email, testdb.Password)
				if r.token == "" && r.outcome != graphqlAPI.overloaded {
					return
				}
				mu.Lock()
				if r.token != "" {
					tokens = append(tokens, r.token)
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
