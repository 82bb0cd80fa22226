package graph_test

import (
	"encoding/json"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

const (
	insertPms = `insert into configuracion_pms (id, empresa_id, created_at, updated_at, proveedor, api_key_cifrada, activo)
		values (gen_random_uuid(), $1, now(), now(), `
	insertAi = `insert into configuracion_ia (id, empresa_id, created_at, updated_at, proveedor, api_key_cifrada, modelo, activo)
		values (gen_random_uuid(), $1, now(), now(), `
	insertGoogle = `insert into integraciones_google (id, empresa_id, created_at, updated_at, alcance, refresh_token_cifrado, activo)
		values (gen_random_uuid(), $1, now(), now(), 'calendar', `
)

// What the other service may have stored, though this one would not.
func TestWhatOfAnIntegrationMakesItConfigured(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Alembic)
	p := s.People(t)
	for name, c := range map[string]struct{ insert, values, integration, want string }{
		"a PMS that the schema does not know has no name": {insertPms, "'mews', 'token', true", "pms", `{"configured": true, "provider": null}`},
		"a PMS without a key is not configured":           {insertPms, "'smoobu', null, true", "pms", `{"configured": false, "provider": "SMOOBU"}`},
		"a PMS with an empty key is not configured":       {insertPms, "'smoobu', '', true", "pms", `{"configured": false, "provider": "SMOOBU"}`},
		"a PMS that is not active is configured":          {insertPms, "'smoobu', 'token', false", "pms", `{"configured": true, "provider": "SMOOBU"}`},

		"an AI provider that the schema does not know has no name": {insertAi, "'mistral', 'token', 'm', true", "ai",
			`{"configured": true, "provider": null, "model": "m", "usesSharedTier": false}`},
		"an AI provider without a key uses the shared tier": {insertAi, "'openai', null, 'm', true", "ai",
			`{"configured": false, "provider": "OPENAI", "model": "m", "usesSharedTier": true}`},
		"an AI provider with an empty key uses the shared tier": {insertAi, "'openai', '', null, true", "ai",
			`{"configured": false, "provider": "OPENAI", "model": null, "usesSharedTier": true}`},
		"DEFAULT with a key does not use the shared tier": {insertAi, "'default', 'token', '', true", "ai",
			`{"configured": true, "provider": "DEFAULT", "model": "", "usesSharedTier": false}`},

		"an active Google account is configured":   {insertGoogle, "'token', true", "google", `{"configured": true}`},
		"one that is not active is not configured": {insertGoogle, "'token', false", "google", `{"configured": false}`},
	} {
		t.Run(name, func(t *testing.T) {
			execute(t, s, "delete from configuracion_pms; delete from configuracion_ia; delete from integraciones_google")
			execute(t, s, c.insert+c.values+")", p.Company.ID)
			var company struct{ Integrations map[string]json.RawMessage }
			shown := companyOf(t, s, s.Token(t, p.Operator), integrationsFragment)
			if err := json.Unmarshal(shown, &company); err != nil {
				t.Fatal(err)
			}
			wantJSON(t, company.Integrations[c.integration], c.want)
		})
	}
}

func TestAnEmptyKeyOfTheOtherServiceStaysNone(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	execute(t, s, insertAi+"'openai', '', null, true)", p.Company.ID)
	payload := mustMutate(t, s, s.Token(t, p.Admin), setAiMutation, object{"input": object{"provider": "OPENAI", "model": "m"}})
	wantJSON(t, payload.Company, integrations(p.Company.ID, noPms,
		`{"configured": false, "provider": "OPENAI", "model": "m", "usesSharedTier": true}`))
}
