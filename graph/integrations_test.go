package graph_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

const (
	storedPmsKey = "select api_key_cifrada from configuracion_pms where empresa_id = $1"
	storedAiKey  = "select api_key_cifrada from configuracion_ia where empresa_id = $1"
)

// integrations is the response to integrationsFragment, without Google.
func integrations(company uuid.UUID, pms, ai string) string {
	return fmt.Sprintf(`{"id": %q, "integrations": {"pms": %s, "ai": %s, "google": {"configured": false}}}`, company, pms, ai)
}

const (
	noPms = `{"configured": false, "provider": null}`
	noAi  = `{"configured": false, "provider": null, "model": null, "usesSharedTier": true}`
)

// The Python service has columns that this service does not change.
func TestIntegrationsAreSetAndRemoved(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		s := testserver.New(t, shape)
		p := s.People(t)
		token, id := s.Token(t, p.Admin), p.Company.ID
		setBoth(t, s, token, "old", "old")
		testdb.Exec(t, s.Pool, "update configuracion_ia set created_at = '2020-01-01Z', updated_at = '2020-01-03Z'")
		testdb.Exec(t, s.Pool, `update configuracion_pms set created_at = '2020-01-01Z', updated_at = '2020-01-03Z',
			endpoint = 'https://pms.example.com', ultimo_sync = '2020-01-02Z'`)
		const kept = "select concat_ws(' ', p.id, p.created_at, p.endpoint, p.ultimo_sync, a.id, a.created_at) from configuracion_pms p, configuracion_ia a"
		before := stored(t, s, kept)

		mustMutate(t, s, token, setPmsMutation, inputOf(object{"provider": "BEDS24", "apiKey": "new"}))
		payload := mustMutate(t, s, token, setAiMutation, inputOf(object{"provider": "CLAUDE", "apiKey": "new", "model": "m"}))
		wantCompany(t, s, token, payload.Company, integrationsFragment, integrations(id, `{"configured": true, "provider": "BEDS24"}`,
			`{"configured": true, "provider": "CLAUDE", "model": "m", "usesSharedTier": false}`))
		wantStored(t, s, before, kept)
		wantStored(t, s, "beds24 t t claude m t t", `select concat_ws(' ', p.proveedor, p.activo, p.updated_at > now() - interval '1 minute',
			a.proveedor, a.modelo, a.activo, a.updated_at > now() - interval '1 minute') from configuracion_pms p, configuracion_ia a`)
		for _, query := range []string{storedPmsKey, storedAiKey} {
			if got := s.StoredKey(t, query, id); got != "new" {
				t.Errorf("stored key %q", got)
			}
		}

		for range 2 { // the second removal succeeds too
			mustMutate(t, s, token, removePmsMutation, nil)
			payload := mustMutate(t, s, token, removeAiMutation, nil)
			wantCompany(t, s, token, payload.Company, integrationsFragment, integrations(id, noPms, noAi))
			wantStored(t, s, "0", "select (select count(*) from configuracion_pms) + (select count(*) from configuracion_ia)")
		}
	})
}

// storedKey returns the API key in the ciphertext that a query returns, "" for none.
func storedKey(t testing.TB, s *testserver.Server, query string, company uuid.UUID) string {
	t.Helper()
	if ciphertexts := testdb.Values[*string](t, s.Pool, query, company); len(ciphertexts) == 0 || db.ZeroIfNil(ciphertexts[0]) == "" {
		return ""
	}
	return s.StoredKey(t, query, company)
}

// See docs/decisions/0006-ai-key.md.
func TestStoredAiKeyIsKeptReplacedOrRemoved(t *testing.T) {
	t.Parallel()
	const nothing, none, old, fresh, refused = "", "", "old", "new", "KEY_REQUIRED"
	s := testserver.New(t, testdb.Alembic)
	p := s.People(t)
	token, id := s.Token(t, p.Admin), p.Company.ID
	for _, c := range []struct {
		provider, key        string // stored
		sent                 string // provider
		omitted, null, given string // the stored key after an apiKey that is omitted, null, and fresh
	}{
		{"openai", old, "OPENAI", old, none, fresh},
		{"openai", old, "CLAUDE", refused, none, fresh},
		{"openai", old, "DEFAULT", none, none, fresh},
		{"openai", none, "OPENAI", none, none, fresh},
		{"openai", none, "CLAUDE", refused, none, fresh},
		{"default", old, "DEFAULT", none, none, fresh},
		{"default", old, "OPENAI", refused, none, fresh},
		{"mistral", old, "OPENAI", refused, none, fresh},
		{nothing, none, "OPENAI", refused, none, fresh},
		{nothing, none, "DEFAULT", none, none, fresh},
	} {
		for _, sent := range []struct {
			input object
			want  string
		}{{object{}, c.omitted}, {object{"apiKey": nil}, c.null}, {object{"apiKey": fresh}, c.given}} {
			input := with(sent.input, "provider", c.sent)
			t.Run(fmt.Sprintf("%s %s, %v", c.provider, c.key, input), func(t *testing.T) {
				testdb.Exec(t, s.Pool, "delete from configuracion_ia")
				if c.provider != nothing {
					insertAiKey(t, s, id, c.provider, c.key)
				}
				before := testdb.CompanyData(t, s.Pool, id)
				refusal := mutate(t, s, token, setAiMutation, inputOf(input)).refusal(t)
				got := storedKey(t, s, storedAiKey, id)
				if refusal == "KEY_REQUIRED input.apiKey" && testdb.CompanyData(t, s.Pool, id) == before {
					got = refused
				}
				if got != sent.want {
					t.Errorf("user error %q, stored %q, want %q", refusal, got, sent.want)
				}
			})
		}
	}
}

// The Python service may store rows that this service never writes.
func TestIntegrationOfThePythonServiceIsShown(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Alembic)
	p := s.People(t)
	for name, c := range map[string]struct{ insert, values, integration, want string }{
		"an unknown PMS has no provider":            {insertPms, "'mews', 'token', true", "pms", `{"configured": true, "provider": null}`},
		"a PMS without a key is not configured":     {insertPms, "'smoobu', null, true", "pms", `{"configured": false, "provider": "SMOOBU"}`},
		"a PMS with an empty key is not configured": {insertPms, "'smoobu', '', true", "pms", `{"configured": false, "provider": "SMOOBU"}`},
		"an inactive PMS is configured":             {insertPms, "'smoobu', 'token', false", "pms", `{"configured": true, "provider": "SMOOBU"}`},

		"an unknown AI provider has no provider": {insertAi, "'mistral', 'token', 'm', true", "ai",
			`{"configured": true, "provider": null, "model": "m", "usesSharedTier": false}`},
		"an AI provider without a key uses the shared tier": {insertAi, "'openai', null, 'm', true", "ai",
			`{"configured": false, "provider": "OPENAI", "model": "m", "usesSharedTier": true}`},
		"an AI provider with an empty key uses the shared tier": {insertAi, "'openai', '', null, true", "ai",
			`{"configured": false, "provider": "OPENAI", "model": null, "usesSharedTier": true}`},
		"DEFAULT with a key does not use the shared tier": {insertAi, "'default', 'token', '', true", "ai",
			`{"configured": true, "provider": "DEFAULT", "model": "", "usesSharedTier": false}`},

		"an active Google account is configured":       {insertGoogle, "'token', true", "google", `{"configured": true}`},
		"an inactive Google account is not configured": {insertGoogle, "'token', false", "google", `{"configured": false}`},
	} {
		t.Run(name, func(t *testing.T) {
			testdb.Exec(t, s.Pool, "delete from configuracion_pms; delete from configuracion_ia; delete from integraciones_google")
			testdb.Exec(t, s.Pool, c.insert+c.values+")", p.Company.ID)
			var company struct{ Integrations map[string]json.RawMessage }
			shown := companyOf(t, s, s.Token(t, p.Operator), integrationsFragment)
			if err := json.Unmarshal(shown, &company); err != nil {
				t.Fatal(err)
			}
			wantJSON(t, company.Integrations[c.integration], c.want)
		})
	}
}

func TestSettingAnInactiveIntegrationActivatesIt(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	token := s.Token(t, p.Admin)
	setBoth(t, s, token, "k", "k")
	entries := recorded(t, s, token, func() {
		for _, table := range []string{"configuracion_pms", "configuracion_ia"} {
			testdb.Exec(t, s.Pool, "update "+table+" set activo = false")
		}
		setBoth(t, s, token, "k", "k")
		setBoth(t, s, token, "k", "k")
	})
	wantEntries(t, entries, "PMS_INTEGRATION_SET inactive true>-", "AI_INTEGRATION_SET inactive true>-")
	wantStored(t, s, "true true", "select concat_ws(' ', p.activo::text, a.activo::text) from configuracion_pms p, configuracion_ia a")
}

func TestSavingTheStateOfThePythonServiceWritesNothing(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Alembic)
	p := s.People(t)
	token := s.Token(t, p.Admin)
	testdb.Exec(t, s.Pool, insertPms+"'smoobu', $2, true)", p.Company.ID, encrypt(t, s, "k"))
	testdb.Exec(t, s.Pool, insertAi+"'openai', '', 'm', true)", p.Company.ID)
	testdb.Exec(t, s.Pool, `update empresas set configuracion = '{"xlsx_apartamentos": {"col_id_externo": 1.0, "col_nombre": 2, "col_direccion": 0, "col_ciudad": 0}}'`)
	before := testdb.CompanyData(t, s.Pool, p.Company.ID)
	mustMutate(t, s, token, setPmsMutation, inputOf(object{"provider": "SMOOBU", "apiKey": "k"}))
	mustMutate(t, s, token, setAiMutation, inputOf(object{"provider": "OPENAI", "model": "m", "apiKey": nil}))
	mustMutate(t, s, token, saveApartmentMutation, inputOf(object{"externalId": 1, "name": 2}))
	if testdb.CompanyData(t, s.Pool, p.Company.ID) != before {
		t.Error("something was written")
	}
}
