package security_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/internal/keyring"

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

// During a rotation, replicas differ by one step.
func TestReplicasAreCompatibleInEveryRotationStep(t *testing.T) {
	t.Parallel()
	oldFernet, oldJWT := *testserver.Config(t).FernetKey, []byte(testserver.JWTKey)
	newFernet, err := keyring.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	newJWT := []byte("new-test-key-new-test-key-new-test-key")
	keys := func(fernet, otherFernet keyring.Key, jwt, otherJWT []byte) func(*config.Config) {
		return func(c *config.Config) {
			c.FernetKey, c.FernetOldKeys = &fernet, []keyring.Key{otherFernet}
			c.JWTKey, c.JWTOldKeys = jwt, [][]byte{otherJWT}
		}
	}
	steps := []func(*config.Config){
		func(*config.Config) {},
		keys(oldFernet, newFernet, oldJWT, newJWT),
		keys(newFernet, oldFernet, newJWT, oldJWT),
	}
	pool := testdb.New(t, testdb.Own).Pool
	var replicas []*testserver.Server
	for _, step := range steps {
		replicas = append(replicas, testserver.On(t, pool, step))
	}
	user := replicas[0].People(t).Admin
	for behind := range len(replicas) - 1 {
		for _, pair := range [][2]int{{behind, behind + 1}, {behind + 1, behind}} {
			writer := client{t: t, server: replicas[pair[0]]}
			token := graphqlAPI.signIn(writer, user.Email, testdb.Password).token
			key := "key-" + strconv.Itoa(pair[0]) + strconv.Itoa(pair[1])
			writer.rest(token, http.MethodPut, "/api/perfil/integraciones/pms", object{"proveedor": "smoobu", "api_key": key}).want(t, "set", "")

			reader := client{t: t, server: replicas[pair[1]]}
			wantSession(reader, token, true)
			shown := reader.send(token, http.MethodPost, "/graphql", `{"query":"{ me { company { integrations { pms { decryptable } } } } }"}`).Body
			if !strings.Contains(shown, `"decryptable":true`) {
				t.Errorf("written in step %d, read in step %d: %s", pair[0], pair[1], shown)
			}
			if got := replicas[pair[1]].StoredKey(t, "select api_key_cifrada from configuracion_pms where empresa_id = $1", user.CompanyID); got != key {
				t.Errorf("step %d wrote %q, step %d reads %q", pair[0], key, pair[1], got)
			}
		}
	}
}
