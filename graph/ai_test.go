package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestAnAiProviderIsChosenReplacedAndRemoved(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		s := testserver.New(t, shape)
		p := s.People(t)
		token, id := s.Token(t, p.Admin), p.Company.ID
		set := func(input object, shown, key string) {
			t.Helper()
			payload := mustMutate(t, s, token, setAiMutation, object{"input": input})
			wantCompany(t, s, token, payload.Company, integrationsFragment, integrations(id, noPms, shown))
			wantAiKey(t, s, id, key)
			wantStored(t, s, strings.ToLower(input["provider"].(string))+" true true", `select concat_ws(' ', proveedor, activo::text,
				(updated_at > now() - interval '1 minute')::text) from configuracion_ia where empresa_id = $1`, id)
		}
		for _, provider := range []string{"GEMINI", "OPENAI", "CLAUDE", "DEFAULT"} {
			set(object{"provider": provider, "apiKey": "key of " + provider, "model": "m-1"},
				fmt.Sprintf(`{"configured": true, "provider": %q, "model": "m-1", "usesSharedTier": false}`, provider), "key of "+provider)
		}

		execute(t, s, "update configuracion_ia set activo = false, created_at = '2020-01-01Z', updated_at = '2020-01-03Z'")
		others := `select concat_ws(' ', id, created_at) from configuracion_ia where empresa_id = $1`
		before := stored(t, s, others, id)
		// The same again makes it active again.
		set(object{"provider": "DEFAULT", "apiKey": "key of DEFAULT"},
			`{"configured": true, "provider": "DEFAULT", "model": "m-1", "usesSharedTier": false}`, "key of DEFAULT")
		for range 2 { // the same again changes nothing
			set(object{"provider": "CLAUDE", "apiKey": "k", "model": nil},
				`{"configured": true, "provider": "CLAUDE", "model": null, "usesSharedTier": false}`, "k")
		}
		wantStored(t, s, before, others, id)

		for range 2 { // removing what is not there succeeds too
			payload := mustMutate(t, s, token, removeAiMutation, nil)
			wantCompany(t, s, token, payload.Company, integrationsFragment, integrations(id, noPms, noAi))
			wantStored(t, s, "0", "select count(*)::text from configuracion_ia")
		}
		set(object{"provider": "DEFAULT"}, `{"configured": false, "provider": "DEFAULT", "model": null, "usesSharedTier": true}`, "")
	})
}

func TestAnEmptyModelIsKeptAsSuch(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	token := s.Token(t, p.Admin)
	payload := mustMutate(t, s, token, setAiMutation, object{"input": object{"provider": "OPENAI", "apiKey": "k", "model": ""}})
	wantCompany(t, s, token, payload.Company, integrationsFragment, integrations(p.Company.ID, noPms,
		`{"configured": true, "provider": "OPENAI", "model": "", "usesSharedTier": false}`))
	wantStored(t, s, "", "select modelo from configuracion_ia")
}

// wantAiKey compares the stored key, "" for none.
func wantAiKey(t testing.TB, s *testserver.Server, company uuid.UUID, want string) {
	t.Helper()
	got := ""
	if stored(t, s, "select coalesce(max(api_key_cifrada), '') from configuracion_ia where empresa_id = $1", company) != "" {
		got = s.StoredKey(t, storedAiKey, company)
	}
	if got != want {
		t.Errorf("stored key %q, want %q", got, want)
	}
}

// putAi stores an integration as the Python service does; an empty key is
// stored as null.
func putAi(t testing.TB, s *testserver.Server, company uuid.UUID, provider, key string) {
	t.Helper()
	var token *string
	if key != "" {
		sealed, err := s.App.Keys.Encrypt(key)
		if err != nil {
			t.Fatal(err)
		}
		token = &sealed
	}
	execute(t, s, `insert into configuracion_ia (id, empresa_id, proveedor, api_key_cifrada, modelo, activo, created_at, updated_at)
		values (gen_random_uuid(), $1, $2, $3, 'stored-model', true, now(), '2020-01-01Z')`, company, provider, token)
}
