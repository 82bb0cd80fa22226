package security_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

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
	for _, pair := range [][2]int{{0, 1}, {1, 0}, {1, 2}, {2, 1}} {
		writer, reader := client{t: t, server: replicas[pair[0]]}, client{t: t, server: replicas[pair[1]]}
		token := graphqlAPI.signIn(writer, user.Email, testdb.Password).token()
		key := fmt.Sprint("key-", pair)
		writer.rest(token, http.MethodPut, "/api/perfil/integraciones/pms", object{"proveedor": "smoobu", "api_key": key}).want(t, "set", "")
		wantSession(reader, token, true)
		if got := reader.server.StoredKey(t, "select api_key_cifrada from configuracion_pms where empresa_id = $1", user.CompanyID); got != key {
			t.Errorf("step %d wrote %q, step %d reads %q", pair[0], key, pair[1], got)
		}
	}
}
