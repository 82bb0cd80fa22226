package graph_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

const (
	storedPmsKey = "select api_key_cifrada from configuracion_pms where empresa_id = $1"
	storedAiKey  = "select api_key_cifrada from configuracion_ia where empresa_id = $1"
)

// integrations is what integrationsFragment shows; nothing of Google.
func integrations(company uuid.UUID, pms, ai string) string {
	return fmt.Sprintf(`{"id": %q, "integrations": {"pms": %s, "ai": %s, "google": {"configured": false}}}`, company, pms, ai)
}

const (
	noPms = `{"configured": false, "provider": null}`
	noAi  = `{"configured": false, "provider": null, "model": null, "usesSharedTier": true}`
)

// wantCompany tells whether a payload, and then me, show the company so.
func wantCompany(t testing.TB, s *testserver.Server, token string, shown json.RawMessage, fragment, want string) {
	t.Helper()
	wantJSON(t, shown, want)
	wantJSON(t, companyOf(t, s, token, fragment), want)
}

// companyOf shows what a fragment asks of the caller's company.
func companyOf(t testing.TB, s *testserver.Server, token, fragment string) json.RawMessage {
	t.Helper()
	var data struct {
		Me struct{ Company json.RawMessage }
	}
	name := strings.Fields(fragment)[1]
	s.MustQuery(t, token, "{ me { company { ..."+name+" } } }"+fragment, nil, &data)
	return data.Me.Company
}

func TestAPmsIsConnectedReplacedAndRemoved(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		s := testserver.New(t, shape)
		p := s.People(t)
		token, id := s.Token(t, p.Admin), p.Company.ID
		set := func(provider, key string) {
			t.Helper()
			payload := mustMutate(t, s, token, setPmsMutation, object{"input": object{"provider": provider, "apiKey": key}})
			wantCompany(t, s, token, payload.Company, integrationsFragment,
				integrations(id, fmt.Sprintf(`{"configured": true, "provider": %q}`, provider), noAi))
			if got := s.StoredKey(t, storedPmsKey, id); got != key {
				t.Errorf("stored key %q, want %q", got, key)
			}
			wantStored(t, s, strings.ToLower(provider)+" true true", `select concat_ws(' ', proveedor, activo::text,
				(updated_at > now() - interval '1 minute')::text) from configuracion_pms where empresa_id = $1`, id)
		}
		for _, provider := range []string{"SMOOBU", "BEDS24", "HOSTAWAY", "CLOUDBEDS"} {
			set(provider, "key of "+provider)
		}

		execute(t, s, `update configuracion_pms set activo = false, endpoint = 'https://pms.example.com', created_at = '2020-01-01Z',
			ultimo_sync = '2020-01-02Z', updated_at = '2020-01-03Z'`)
		others := `select concat_ws(' ', id, endpoint, created_at, ultimo_sync) from configuracion_pms where empresa_id = $1`
		before := stored(t, s, others, id)
		set("CLOUDBEDS", "key of CLOUDBEDS") // the same key makes it active again
		set("BEDS24", "another key")
		set("BEDS24", "another key")
		wantStored(t, s, before, others, id)

		for range 2 { // removing what is not there succeeds too
			payload := mustMutate(t, s, token, removePmsMutation, nil)
			wantCompany(t, s, token, payload.Company, integrationsFragment, integrations(id, noPms, noAi))
			wantStored(t, s, "0", "select count(*)::text from configuracion_pms")
		}
		set("SMOOBU", "back again")
	})
}

func TestUpdatedAtOfAnIntegrationIsTheMomentOfItsLastChange(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	token := s.Token(t, p.Admin)
	fill(t, s, p.Company.ID)
	execute(t, s, "update configuracion_pms set updated_at = '2020-01-01Z'")
	execute(t, s, "update configuracion_ia set updated_at = '2020-01-01Z'")
	updated := func(mutation, integration, table string) {
		t.Helper()
		payload := mustMutate(t, s, token, mutation, nil)
		want := stored(t, s, `select to_char(updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') from `+table)
		if strings.HasPrefix(want, "2020") {
			t.Errorf("%s was not touched", table)
		}
		wantJSON(t, payload.Company, fmt.Sprintf(`{"integrations": {%q: {"updatedAt": %q}}}`, integration, want))
	}
	updated(`mutation { p: setPmsIntegration(input: {provider: SMOOBU, apiKey: "k"}) {
		company { integrations { pms { updatedAt } } } userErrors { code } } }`, "pms", "configuracion_pms")
	updated(`mutation { p: setAiIntegration(input: {provider: OPENAI, model: "m"}) {
		company { integrations { ai { updatedAt } } } userErrors { code } } }`, "ai", "configuracion_ia")
}
