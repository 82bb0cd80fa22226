package security_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/internal/keyring"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

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
