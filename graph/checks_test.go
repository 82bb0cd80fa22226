package graph_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/internal/keyring"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testprovider"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

const (
	goodKey       = testprovider.GoodKey + "key"
	restrictedKey = testprovider.RestrictedKey + "key"
	busyKey       = testprovider.BusyKey + "key"
	rejectedKey   = "no-key-of-a-provider"
)

// TestVerdictIsTheSameForGivenStoredAndVerifiedKeys checks each key in each way. A check
// of a given key stores nothing, that of a stored key is kept, and a save refuses keys
// that are INVALID.
func TestVerdictIsTheSameForGivenStoredAndVerifiedKeys(t *testing.T) {
	t.Parallel()
	type verdict struct{ key, want string }
	all := []verdict{
		{goodKey, "VALID"},
		{rejectedKey, "INVALID KEY_REJECTED"},
		{"two words", "INVALID KEY_MALFORMED"},
		{restrictedKey, "RESTRICTED MISSING_PERMISSION"},
		{busyKey, "RATE_LIMITED PROVIDER_BUSY"},
	}
	for provider, verdicts := range map[string][]verdict{
		"SMOOBU":    {{testprovider.SignedKey + "key", "VALID"}},
		"BEDS24":    all,
		"HOSTAWAY":  all[:1],
		"CLOUDBEDS": all[:1],
		"OPENAI":    all[:1],
		"GEMINI":    all[:1],
		"CLAUDE":    all,
	} {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			server := newChecked(t)
			for _, v := range verdicts {
				c, integration, input := server.another(t), integrationOf(provider), credentialsOf(provider, v.key)
				want := func(way, got, want string) {
					t.Helper()
					if got != want {
						t.Errorf("%s, %s: %q, want %q", v.key, way, got, want)
					}
				}
				want("given", c.test(t, integration, input), v.want)
				want("given, stored key", c.storedKey(t, integration), "")

				verified, key := v.want, v.key
				if strings.HasPrefix(v.want, "INVALID") {
					verified, key = v.want+" INVALID_KEY input.apiKey", ""
				}
				want("verified", c.set(t, integration, with(input, "verify", true)), verified)
				want("verified, stored key", c.storedKey(t, integration), key)

				if key == "" {
					c.mustSet(t, integration, input)
				}
				want("stored", c.test(t, integration, nil), v.want)
				last := c.lastChecks(t, c.admin)
				want("last check", strings.Trim(last.Pms.LastCheck.String()+last.Ai.LastCheck.String(), "-"), v.want)
			}
			testtime.Eventually(t, "all tokens are deleted", func() bool { return server.providers.OpenTokens() == 0 })
		})
	}
}

func TestCheckIsKeptWhileTheKeyIsStored(t *testing.T) {
	t.Parallel()
	server := newChecked(t)
	smoobu, openAI := credentialsOf("SMOOBU", goodKey), object{"provider": "OPENAI", "apiKey": goodKey, "model": "model-small"}
	remove := func(t *testing.T, c *checked) {
		t.Helper()
		mustMutate(t, c.Server, c.admin, removePmsMutation, nil)
		mustMutate(t, c.Server, c.admin, removeAiMutation, nil)
	}
	const kept, gone = "VALID, VALID", "-, -"
	for name, row := range map[string]struct {
		before    func(t *testing.T, c *checked)
		statement string // of another service
		verb      string // of the mutations with these inputs, if any
		pms, ai   object
		want      string
		stored    string // checks and credentials; "" for any
	}{
		"the same key again":                      {verb: "set", pms: smoobu, ai: openAI, want: kept},
		"the same key for inactive integrations":  {statement: "update configuracion_pms set activo = false; update configuracion_ia set activo = false", verb: "set", pms: smoobu, ai: openAI, want: kept},
		"another model":                           {verb: "set", ai: object{"provider": "OPENAI", "model": "model-large"}, want: kept},
		"the same key without a model":            {verb: "set", ai: with(openAI, "model", nil), want: kept},
		"a check of a given key":                  {verb: "test", pms: credentialsOf("SMOOBU", rejectedKey), ai: credentialsOf("OPENAI", rejectedKey), want: kept},
		"a refused save":                          {verb: "set", pms: with(credentialsOf("SMOOBU", rejectedKey), "verify", true), ai: with(credentialsOf("OPENAI", rejectedKey), "verify", true), want: kept},
		"another model of a provider in capitals": {statement: "update configuracion_ia set proveedor = 'OpenAI'", verb: "set", ai: object{"provider": "OPENAI", "model": "m", "verify": true}, want: kept},

		"another key":                             {verb: "set", pms: credentialsOf("SMOOBU", goodKey+"2"), ai: credentialsOf("OPENAI", goodKey+"2"), want: gone, stored: "0 0"},
		"the same key of another provider":        {verb: "set", pms: credentialsOf("BEDS24", goodKey), ai: credentialsOf("GEMINI", goodKey), want: gone},
		"the same key with a secret":              {verb: "set", pms: with(smoobu, "apiSecret", "secret"), want: "-, VALID"},
		"another provider of the same ciphertext": {statement: "update configuracion_pms set proveedor = 'beds24'; update configuracion_ia set proveedor = 'gemini'", want: gone},
		"no key": {statement: "update configuracion_pms set api_key_cifrada = ''", verb: "set", ai: object{"provider": "OPENAI", "apiKey": nil}, want: gone},
		"a status and a reason of a later release": {statement: "update profile.connection_checks set status = 'PERHAPS' where integration = 'pms'; update profile.connection_checks set reason = 'MOON' where integration = 'ai'", want: gone},
		"the same key by the Python service": {before: func(t *testing.T, c *checked) {
			c.storeAs(t, "Pms", "smoobu", encrypt(t, c.Server, goodKey))
			c.storeAs(t, "Ai", "openai", encrypt(t, c.Server, goodKey))
		}, want: gone},
		"a later check": {before: func(t *testing.T, c *checked) {
			c.providers.Override(testprovider.Garbage)
			c.test(t, "Pms", nil)
			c.set(t, "Ai", object{"provider": "OPENAI", "verify": true})
			c.providers.Override(nil)
		}, want: "UNVERIFIABLE PROVIDER_ERROR, UNVERIFIABLE PROVIDER_ERROR"},
		"a removal": {before: remove, want: gone, stored: "0 0"},
		"a removal after one by the Python service": {before: func(t *testing.T, c *checked) {
			c.mustSet(t, "Pms", with(smoobu, "apiSecret", "secret"))
			c.test(t, "Pms", nil)
			testdb.Exec(t, c.Pool, "delete from configuracion_pms; delete from configuracion_ia")
			remove(t, c)
		}, want: gone, stored: "0 0"},
	} {
		t.Run(name, func(t *testing.T) {
			c := server.another(t)
			c.mustSet(t, "Pms", smoobu)
			c.mustSet(t, "Ai", openAI)
			before, rows := c.lastChecks(t, c.admin), rowsOf(t, c.Server, c.Company.ID)
			for _, integration := range []string{"Pms", "Ai"} {
				if got := c.test(t, integration, nil); got != "VALID" {
					t.Fatalf("%s: %s", integration, got)
				}
			}
			if after := c.lastChecks(t, c.admin); after.Pms.Version != before.Pms.Version || after.Ai.Version != before.Ai.Version || rowsOf(t, c.Server, c.Company.ID) != rows {
				t.Error("a check changed a row of the shared tables or a version")
			}
			testdb.Exec(t, c.Pool, row.statement)
			if row.before != nil {
				row.before(t, c)
			}
			for integration, input := range map[string]object{"Pms": row.pms, "Ai": row.ai} {
				if input != nil {
					c.verdict(t, row.verb, integration, input)
				}
			}
			c.wantLast(t, row.want)
			if row.stored != "" {
				wantStored(t, c.Server, row.stored, `select concat_ws(' ', (select count(*) from profile.connection_checks where company_id = $1),
					(select count(*) from profile.pms_credentials where company_id = $1))`, c.Company.ID)
			}
		})
	}
}

// A fingerprint depends on the primary Fernet key.
func TestRotationChangesOnlyFingerprints(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Alembic)
	c := newCheckedOn(t, database)
	c.mustSet(t, "Pms", credentialsOf("SMOOBU", testprovider.SignedKey+"key"))
	c.mustSet(t, "Ai", object{"provider": "CLAUDE", "apiKey": testprovider.SignedKey + "key"})
	testdb.Exec(t, c.Pool, insertPms+"'smoobu', null, true)", c.OtherCompany.ID)
	c.test(t, "Pms", nil)
	was, _ := connections(t, c.Server, c.admin)

	key, err := keyring.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	both := testserver.On(t, database.Pool, using(c.providers), func(cfg *config.Config) { cfg.FernetKey, cfg.FernetOldKeys = &key, []keyring.Key{*cfg.FernetKey} })
	after := testserver.On(t, database.Pool, using(c.providers), func(cfg *config.Config) { cfg.FernetKey = &key })
	for _, s := range []*testserver.Server{both, after} {
		pms, ai := connections(t, s, c.admin)
		for _, now := range []connection{pms, ai} {
			if !now.Decryptable || orDash(now.UpdatedBy) != c.Admin.Email || *now.KeyFingerprint == *was.KeyFingerprint || *now.KeyFingerprint != *pms.KeyFingerprint {
				t.Errorf("%+v, before %s", now, *was.KeyFingerprint)
			}
		}
		if _, err := keyring.Rotate(t.Context(), testdb.WithLongTimeouts(database.Pool), both.App.Keys, func(string, int) {}); err != nil {
			t.Fatal(err)
		}
	}
	rotated := &checked{after, c.People, c.providers, c.admin}
	rotated.wantLast(t, "VALID, -")
	if got := rotated.test(t, "Pms", nil); got != "VALID" { // needs the secret
		t.Errorf("the rotated secret: %s", got)
	}
	if shown, _ := connections(t, c.Server, c.admin); shown.Decryptable {
		t.Error("the old Fernet key decrypts a rotated ciphertext")
	}
	wantStored(t, after, "3", "select count(*) from profile.audit_log where kind = 'KEYS_ROTATED' and company_id is null") // a secret and two keys
	if shown, _ := connections(t, after, c.Token(t, c.OtherAdmin)); shown.UpdatedBy != nil {
		t.Errorf("a row that was not rotated is updated by %s", *shown.UpdatedBy)
	}
}

func TestOnlyAdministratorsSeeTheAccountOfACheck(t *testing.T) {
	t.Parallel()
	c := newChecked(t)
	c.mustSet(t, "Pms", credentialsOf("SMOOBU", goodKey))
	if check := c.mutate(t, "test", "Pms", nil).Check; orDash(check.Account) != testprovider.AccountName {
		t.Errorf("account %s", orDash(check.Account))
	}
	operator := c.Token(t, c.Operator)
	for token, want := range map[string]string{c.admin: testprovider.AccountName, operator: "-"} {
		if last := c.lastChecks(t, token).Pms.LastCheck; last.String() != "VALID" || orDash(last.Account) != want {
			t.Errorf("%s with the account %s, want %s", last, orDash(last.Account), want)
		}
	}
	// The account is shown for the user whose company it is, not for the token.
	resp := c.Query(t, c.admin, `mutation($e: EmailAddress!, $p: Password!) { login(input: {email: $e, password: $p}) {
		user { company { integrations { pms { lastCheck { status account } } } } } } }`, object{"e": c.Operator.Email, "p": testdb.Password})
	wantJSON(t, resp.Data, `{"login": {"user": {"company": {"integrations": {"pms": {"lastCheck": {"status": "VALID", "account": null}}}}}}}`)
}

func TestModelAvailableComparesWithTheChosenModel(t *testing.T) {
	t.Parallel()
	c := newChecked(t)
	for _, row := range []struct {
		provider, key string
		model         any
		want          string
	}{
		{"OPENAI", goodKey, "model-small", "true"},
		{"OPENAI", goodKey, "openai/model-small", "true"},
		{"GEMINI", goodKey, "gemini/model-large", "true"},
		{"CLAUDE", goodKey, "anthropic/model-large", "true"},
		{"CLAUDE", goodKey, "model-x", "false"},
		{"CLAUDE", goodKey, "other/model-large", "false"},
		{"CLAUDE", goodKey, nil, "null"},
		{"CLAUDE", goodKey, "", "null"},
		{"CLAUDE", rejectedKey, "model-large", "null"},
	} {
		input := with(credentialsOf(row.provider, row.key), "model", row.model)
		given := c.mutate(t, "test", "Ai", input).Check
		c.mustSet(t, "Ai", input)
		stored := c.mutate(t, "test", "Ai", nil).Check
		for way, check := range map[string]*shownCheck{"given": given, "stored": stored, "last": c.lastChecks(t, c.admin).Ai.LastCheck} {
			if got := testserver.JSON(t, check.ModelAvailable); got != row.want {
				t.Errorf("%s %v, %s: modelAvailable %s, want %s", row.provider, row.model, way, got, row.want)
			}
			if row.key == goodKey && !slices.Equal(check.Models, testprovider.Models) || row.key != goodKey && len(check.Models) != 0 {
				t.Errorf("%s, %s: models %q", row.key, way, check.Models)
			}
		}
	}
	c.mustSet(t, "Ai", object{"provider": "CLAUDE", "apiKey": goodKey, "model": "model-x"})
	c.test(t, "Ai", nil)
	c.mustSet(t, "Ai", object{"provider": "CLAUDE", "model": "model-large"})
	if last := c.lastChecks(t, c.admin).Ai.LastCheck; last.ModelAvailable == nil || !*last.ModelAvailable {
		t.Errorf("the last check ignores the model that was chosen after it: %+v", last)
	}
}

// maxModels is the largest number of models in a check.
const maxModels = 500

func TestModelMayBeAvailableWhenTheListIsCut(t *testing.T) {
	t.Parallel()
	c := newChecked(t)
	c.providers.Override(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		var models []object
		for i := range maxModels + 1 {
			models = append(models, object{"id": fmt.Sprintf("model-%04d", i)})
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, testserver.JSON(t, object{"data": models}))
	}))
	for model, want := range map[string]string{"model-0000": "true", "model-0500": "null"} {
		p := c.mutate(t, "test", "Ai", with(credentialsOf("OPENAI", goodKey), "model", model))
		if got := testserver.JSON(t, p.Check.ModelAvailable); got != want || len(p.Check.Models) != maxModels {
			t.Errorf("%s: modelAvailable %s, want %s; %d models", model, got, want, len(p.Check.Models))
		}
	}
}

func TestMessagesExplainStatusAndReason(t *testing.T) {
	t.Parallel()
	c := newChecked(t)
	const mayBeMissing = "Smoobu rejects the API key. Newer keys also need the API secret, which is missing here."
	for _, row := range []struct {
		input object
		want  string
	}{
		{credentialsOf("SMOOBU", goodKey), "The provider accepts the API key."},
		{credentialsOf("SMOOBU", rejectedKey), mayBeMissing},
		{with(credentialsOf("SMOOBU", rejectedKey), "apiSecret", "secret"), "The provider rejects the API key."},
		{credentialsOf("BEDS24", rejectedKey), "The provider rejects the API key."},
	} {
		if got := c.mutate(t, "test", "Pms", row.input).Check.Message; got != row.want {
			t.Errorf("%v: %q, want %q", row.input, got, row.want)
		}
	}
	c.mustSet(t, "Pms", credentialsOf("SMOOBU", rejectedKey))
	c.test(t, "Pms", nil)
	if got := c.lastChecks(t, c.admin).Pms.LastCheck.Message; got != mayBeMissing {
		t.Errorf("the last check: %q", got)
	}
	response := c.Send(t, c.admin, "POST", "/graphql", `{"query": "{ me { company { integrations { pms { lastCheck { message } } } } } }"}`, "Accept-Language: es")
	if !strings.Contains(response.Body, "Smoobu rechaza la clave de API.") {
		t.Errorf("in Spanish: %s", response.Body)
	}
}
