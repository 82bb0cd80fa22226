package graph_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/company"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testprovider"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// TestRequestThatCannotBeCheckedIsRefused has the user errors that come before a check.
func TestRequestThatCannotBeCheckedIsRefused(t *testing.T) {
	t.Parallel()
	server := newChecked(t)
	hostaway, beds24, smoobu := object{"provider": "HOSTAWAY", "apiKey": goodKey}, credentialsOf("BEDS24", goodKey), credentialsOf("SMOOBU", goodKey)
	claude, withoutKey, shared := credentialsOf("CLAUDE", goodKey), object{"provider": "CLAUDE", "apiKey": nil}, credentialsOf("DEFAULT", goodKey)
	verified := func(input object) object { return with(input, "verify", true) }
	set := func(integration string, input object) func(*testing.T, *checked) {
		return func(t *testing.T, c *checked) { c.mustSet(t, integration, input) }
	}
	store := func(integration, provider, ciphertext string) func(*testing.T, *checked) {
		return func(t *testing.T, c *checked) {
			c.storeAs(t, integration, provider, cmp.Or(ciphertext, encrypt(t, c.Server, goodKey)))
		}
	}
	unreadableSecret := func(t *testing.T, c *checked) {
		c.mustSet(t, "Pms", credentialsOf("SMOOBU", testprovider.SignedKey))
		testdb.Exec(t, c.Pool, "update profile.pms_credentials set encrypted_secret = 'gAAAA' where company_id = $1", c.Company.ID)
	}
	const noProvider = "UNVERIFIABLE NO_PROVIDER"
	for _, row := range []struct {
		name              string
		before            func(*testing.T, *checked)
		verb, integration string
		input             object
		want              string
	}{
		{"test a secret for BEDS24", nil, "test", "Pms", with(beds24, "apiSecret", "s"), "- NOT_APPLICABLE input.apiSecret"},
		{"test an account id for SMOOBU", nil, "test", "Pms", with(smoobu, "accountId", "1"), "- NOT_APPLICABLE input.accountId"},
		{"save a secret for HOSTAWAY", nil, "set", "Pms", with(hostaway, "apiSecret", "s"), "- NOT_APPLICABLE input.apiSecret"},
		{"save an account id for CLOUDBEDS", nil, "set", "Pms", with(credentialsOf("CLOUDBEDS", goodKey), "accountId", "1"), "- NOT_APPLICABLE input.accountId"},
		{"test without an account id", nil, "test", "Pms", hostaway, "- ACCOUNT_ID_REQUIRED input.accountId"},
		{"verify without an account id", nil, "set", "Pms", verified(hostaway), "- ACCOUNT_ID_REQUIRED input.accountId"},
		{"save without an account id", nil, "set", "Pms", hostaway, "-"},
		{"a stored key without an account id", set("Pms", hostaway), "test", "Pms", nil, "- ACCOUNT_ID_REQUIRED"},
		{"no stored PMS", nil, "test", "Pms", nil, "- NOT_CONFIGURED"},
		{"no stored AI provider", nil, "test", "Ai", nil, "- NOT_CONFIGURED"},
		{"a stored AI without key", set("Ai", withoutKey), "test", "Ai", nil, "- NOT_CONFIGURED"},
		{"an unreadable PMS key", store("Pms", "smoobu", "gAAAA"), "test", "Pms", nil, "- KEY_NOT_DECRYPTABLE"},
		{"an unreadable AI key", store("Ai", "openai", "gAAAA"), "test", "Ai", nil, "- KEY_NOT_DECRYPTABLE"},
		{"an unreadable secret", unreadableSecret, "test", "Pms", nil, "- KEY_NOT_DECRYPTABLE"},
		{"verify an unreadable AI key", store("Ai", "openai", "gAAAA"), "set", "Ai", object{"provider": "OPENAI", "verify": true}, "- KEY_NOT_DECRYPTABLE input.apiKey"},
		{"verify another AI without a key", set("Ai", credentialsOf("OPENAI", goodKey)), "set", "Ai", object{"provider": "CLAUDE", "verify": true}, "- KEY_REQUIRED input.apiKey"},
		{"verify another version", nil, "set", "Pms", with(verified(smoobu), "expectedVersion", "x"), "- CONFLICT input.expectedVersion"},
		{"verify another version of the AI", nil, "set", "Ai", with(verified(claude), "expectedVersion", "x"), "- CONFLICT input.expectedVersion"},

		{"verify an AI without key", nil, "set", "Ai", verified(withoutKey), "-"},
		{"verify an AI that has no key", set("Ai", withoutKey), "set", "Ai", object{"provider": "CLAUDE", "verify": true}, "-"},
		{"verify DEFAULT", nil, "set", "Ai", object{"provider": "DEFAULT", "verify": true}, noProvider},
		{"verify DEFAULT with null", nil, "set", "Ai", verified(with(shared, "apiKey", nil)), noProvider},
		{"verify DEFAULT with a key", nil, "set", "Ai", verified(shared), noProvider},
		{"test DEFAULT", nil, "test", "Ai", shared, noProvider},
		{"a stored DEFAULT with a key", set("Ai", shared), "test", "Ai", nil, noProvider},
		{"a stored unknown PMS", store("Pms", "mews", ""), "test", "Pms", nil, noProvider},
		{"a stored unknown AI", store("Ai", "mistral", ""), "test", "Ai", nil, noProvider},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := server.another(t)
			if row.before != nil {
				row.before(t, c)
			}
			c.wantRequests(t, 0, func() {
				if got := c.verdict(t, row.verb, row.integration, row.input); got != row.want {
					t.Errorf("got %s, want %s", got, row.want)
				}
			})
		})
	}
}

// A save with verify must not replace the former key, its check or its credentials.
func TestRefusedKeyLeavesTheFormerOne(t *testing.T) {
	t.Parallel()
	c := newChecked(t)
	c.set(t, "Pms", with(credentialsOf("SMOOBU", testprovider.SignedKey+"key"), "verify", true))
	c.set(t, "Ai", with(credentialsOf("OPENAI", goodKey), "verify", true))
	before := testdb.CompanyData(t, c.Pool, c.Company.ID)
	before, _, _ = strings.Cut(before, "PMS_INTEGRATION_")
	c.set(t, "Pms", with(credentialsOf("BEDS24", rejectedKey), "verify", true))
	c.set(t, "Ai", with(credentialsOf("CLAUDE", rejectedKey), "verify", true))
	after := testdb.CompanyData(t, c.Pool, c.Company.ID)
	if after, _, _ = strings.Cut(after, "PMS_INTEGRATION_"); after != before {
		t.Error("a refused key changed something")
	}
	c.wantLast(t, "VALID, VALID")
	if got := c.test(t, "Pms", nil); got != "VALID" {
		t.Errorf("the former credentials: %s", got)
	}
	// The stored key of the AI is checked when none is given.
	c.storeAs(t, "Ai", "openai", encrypt(t, c.Server, rejectedKey))
	if got := c.set(t, "Ai", object{"provider": "OPENAI", "model": "m", "verify": true}); got != "INVALID KEY_REJECTED INVALID_KEY input.apiKey" {
		t.Errorf("a stored key that is not valid: %s", got)
	}
	c.wantLast(t, "VALID, INVALID KEY_REJECTED")
	wantStored(t, c.Server, "NULL", "select modelo from configuracion_ia where empresa_id = $1", c.Company.ID)
}

func TestCredentialsOfAPMSAreStoredAndReplacedAsAWhole(t *testing.T) {
	t.Parallel()
	c := newChecked(t)
	credentials := func() string {
		return stored(t, c.Server, "select string_agg(concat_ws(' ', case when encrypted_secret is not null then 'secret' end, account_id), ',') from profile.pms_credentials where company_id = $1", c.Company.ID)
	}
	smoobu, hostaway := object{"provider": "SMOOBU", "apiKey": "k"}, object{"provider": "HOSTAWAY", "apiKey": "k"}
	for _, step := range []struct {
		input   object
		want    string // the stored secret or account id, which is shown
		changes string // in the audit log, without fingerprints
	}{
		{with(smoobu, "apiSecret", "s1"), "secret", "provider apiKey apiSecret"},
		{with(smoobu, "apiSecret", " s1 "), "secret", ""},
		{with(smoobu, "apiSecret", "s2"), "secret", "apiSecret"},
		{with(smoobu, "apiSecret", nil), "NULL", "apiSecret"},
		{with(smoobu, "apiSecret", "s2"), "secret", "apiSecret"},
		{smoobu, "NULL", "apiSecret"},
		{with(hostaway, "accountId", "61-A_b"), "61-A_b", "provider accountId"},
		{with(hostaway, "accountId", "62"), "62", "accountId"},
		{hostaway, "NULL", "accountId"},
		{with(hostaway, "accountId", "62"), "62", "accountId"},
	} {
		var changes []string
		version := c.lastChecks(t, c.admin).Pms.Version
		for _, entry := range recorded(t, c.Server, c.admin, func() { c.mustSet(t, "Pms", step.input) }) {
			for _, change := range entry.Changes {
				changes = append(changes, change.Field)
			}
		}
		shown := c.lastChecks(t, c.admin).Pms
		if got := credentials(); got != step.want || strings.Join(changes, " ") != step.changes {
			t.Errorf("%v: stored %s, changes %q, want %s, %q", step.input, got, changes, step.want, step.changes)
		}
		if got := orDash(shown.AccountID); got != step.want && (got != "-" || step.input["accountId"] != nil) {
			t.Errorf("%v: accountId %s", step.input, got)
		}
		if changed := shown.Version != version; changed != (step.changes != "") {
			t.Errorf("%v: another version: %t", step.input, changed)
		}
	}
	version := c.lastChecks(t, c.admin).Pms.Version
	testdb.Exec(t, c.Pool, "update profile.pms_credentials set account_id = '63' where company_id = $1", c.Company.ID)
	if got := c.lastChecks(t, c.Token(t, c.Operator)).Pms; orDash(got.AccountID) != "63" || got.Version == version {
		t.Errorf("an operator sees the account id %s, the same version: %t", orDash(got.AccountID), got.Version == version)
	}
	c.storeAs(t, "Pms", "hostaway", encrypt(t, c.Server, "k"))
	if got := c.lastChecks(t, c.admin).Pms.AccountID; got != nil {
		t.Errorf("a key of the Python service has the account id %s", *got)
	}
}

// Clients and the previous release know these versions.
func TestIntegrationsWithoutCredentialsKeepTheirVersions(t *testing.T) {
	t.Parallel()
	c := newChecked(t)
	c.storeAs(t, "Pms", "smoobu", "ciphertext")
	c.storeAs(t, "Ai", "openai", "ciphertext")
	testdb.Exec(t, c.Pool, "update configuracion_ia set modelo = 'm'")
	last := c.lastChecks(t, c.admin)
	for _, row := range []struct{ version, state string }{
		{last.Pms.Version, `'+smoobu' || E'\\000' || E'\\000+ciphertext' || E'\\000'`},
		{last.Ai.Version, `'+openai' || E'\\000' || '+m' || E'\\000+ciphertext' || E'\\000'`},
	} {
		wantStored(t, c.Server, row.version, "select left(encode(sha256(("+row.state+")::bytea), 'hex'), 16)")
	}
}

func TestTwoReplicasShareTheHourlyCount(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	first := newCheckedOn(t, database)
	second := *first
	second.Server = testserver.On(t, database.Pool, using(first.providers))
	given, count := credentialsOf("BEDS24", goodKey), 0
	first.mustSet(t, "Ai", credentialsOf("CLAUDE", goodKey))
	for count < company.HourlyChecks {
		for _, c := range []*checked{first, &second} {
			var got string
			switch count % 3 {
			case 0:
				got = c.test(t, "Pms", given)
			case 1:
				got = c.test(t, "Ai", nil)
			case 2:
				got = c.set(t, "Pms", with(given, "verify", true))
			}
			if count++; got != "VALID" {
				t.Fatalf("check %d: %s", count, got)
			}
		}
	}
	for _, c := range []*checked{first, &second} {
		for _, mutation := range []string{testPmsMutation, testAiMutation} {
			resp := wantCode(t, c.Server, c.admin, mutation, nil, "RATE_LIMITED")
			if seconds, _ := resp.Errors[0].Extensions["retryAfterSeconds"].(float64); seconds < 3000 || seconds > 3600 {
				t.Errorf("retryAfterSeconds %v", resp.Errors[0].Extensions)
			}
		}
		c.wantRequests(t, 0, func() {
			p := c.mutate(t, "set", "Pms", with(credentialsOf("BEDS24", rejectedKey+fmt.Sprint(c == first)), "verify", true))
			if got := p.Check.String() + p.refusal(t); got != "UNVERIFIABLE" || !strings.HasPrefix(p.Check.Message, "The API key was not checked") {
				t.Errorf("a save with verify: %s %+v", got, p.Check)
			}
		})
		c.wantLast(t, "-, VALID")
	}
	wantStored(t, first.Server, "120 120", `select concat_ws(' ', (select count(*) from profile.audit_log where kind like '%_TESTED'),
		(select checks - 1 from profile.connection_check_counts where company_id = $1))`, first.Company.ID)
	if got := first.another(t).test(t, "Pms", given); got != "VALID" {
		t.Errorf("another company: %s", got)
	}
	testdb.Exec(t, first.Pool, "update profile.connection_check_counts set since = since - interval '1 hour'")
	if got := second.test(t, "Pms", given); got != "VALID" {
		t.Errorf("an hour later: %s", got)
	}
}

// TestNoConnectionIsHeldDuringACheck also shows what happens above the limit of checks at
// a time.
func TestNoConnectionIsHeldDuringACheck(t *testing.T) {
	t.Parallel()
	c := newChecked(t)
	started := c.hang()
	ctx, disconnect := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for _, body := range []string{
		`{"query": "mutation { testPmsIntegration(input: {provider: BEDS24, apiKey: \"good-key\"}) { check { status } } }"}`,
		`{"query": "mutation { setAiIntegration(input: {provider: CLAUDE, apiKey: \"good-key\", verify: true}) { check { status } } }"}`,
	} {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL+"/graphql", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Authorization", "Bearer "+c.admin)
		running.Go(func() {
			if response, err := c.Client().Do(request); err == nil {
				t.Errorf("a response with status %d", response.StatusCode)
				response.Body.Close()
			}
		})
		<-started
	}
	testtime.Eventually(t, "no connection is in use", func() bool { return c.Pool.Stat().AcquiredConns() == 0 })
	wantCode(t, c.Server, c.admin, testAiMutation, inputOf(credentialsOf("CLAUDE", goodKey)), "OVERLOADED")
	c.providers.Override(nil)
	if got := c.set(t, "Pms", with(credentialsOf("BEDS24", goodKey), "verify", true)); got != "UNVERIFIABLE" {
		t.Errorf("a save with verify above the limit: %s", got)
	}
	if got := c.another(t).test(t, "Pms", credentialsOf("BEDS24", goodKey)); got != "VALID" {
		t.Errorf("another company: %s", got)
	}

	disconnect()
	running.Wait()
	testtime.Eventually(t, "a slot is free", func() bool {
		return c.Query(t, c.admin, testAiMutation, inputOf(credentialsOf("CLAUDE", goodKey))).Code() == ""
	})
	// What the disconnected clients asked for was neither saved nor recorded.
	wantStored(t, c.Server, "0", "select count(*)::text from configuracion_ia where empresa_id = $1", c.Company.ID)
	wantStored(t, c.Server, "AI_INTEGRATION_TESTED, PMS_INTEGRATION_SET",
		"select string_agg(kind, ', ' order by kind) from profile.audit_log where company_id = $1", c.Company.ID)
}

func TestSaveWithVerifyReturnsWithinSixSecondsWhenTheProviderHangs(t *testing.T) {
	t.Parallel()
	testtime.Slow(t)
	c := newChecked(t)
	c.hang()
	testtime.Within(t, "a save whose provider hangs", 6*time.Second, func() time.Duration {
		return testtime.Elapsed(func() {
			if got := c.set(t, "Pms", with(credentialsOf("SMOOBU", goodKey), "verify", true)); got != "UNVERIFIABLE PROVIDER_UNREACHABLE" {
				t.Errorf("got %s", got)
			}
		})
	})
	if key := c.storedKey(t, "Pms"); key != goodKey {
		t.Errorf("stored %q", key)
	}
	c.wantLast(t, "UNVERIFIABLE PROVIDER_UNREACHABLE, -")
}

// during lets the providers respond after a change.
func (c *checked) during(do func()) {
	c.providers.Override(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		do()
		c.providers.Respond(w, r)
	}))
}

func TestChangeDuringACheckDecides(t *testing.T) {
	t.Parallel()
	saved := object{"provider": "OPENAI", "apiKey": goodKey + "3", "verify": true}
	for name, row := range map[string]struct {
		verb       string
		input      object // of the AI
		want, last string
	}{
		"a stored key that was replaced is not the last check":      {"test", nil, "VALID", "-, -"},
		"a save of an expected version conflicts":                   {"set", with(saved, "expectedVersion", "current"), "VALID CONFLICT input.expectedVersion", "-, -"},
		"a save of the stored key keeps no check of the former one": {"set", object{"provider": "OPENAI", "model": "m", "verify": true}, "VALID", "-, -"},
		"a save without an expected version replaces it":            {"set", saved, "VALID", "-, VALID"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newChecked(t)
			c.mustSet(t, "Ai", credentialsOf("OPENAI", goodKey))
			c.during(func() { c.storeAs(t, "Ai", "openai", encrypt(t, c.Server, goodKey+"2")) })
			if row.input["expectedVersion"] != nil {
				row.input["expectedVersion"] = c.lastChecks(t, c.admin).Ai.Version
			}
			if got := c.verdict(t, row.verb, "Ai", row.input); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
			c.wantLast(t, row.last)
		})
	}
}

func TestCheckOfAFormerKeyDoesNotReplaceTheLastCheck(t *testing.T) {
	t.Parallel()
	c := newChecked(t)
	c.mustSet(t, "Pms", credentialsOf("SMOOBU", goodKey))
	var first atomic.Bool
	c.during(func() {
		if first.CompareAndSwap(false, true) {
			c.set(t, "Pms", with(credentialsOf("SMOOBU", restrictedKey), "verify", true))
		}
	})
	if got := c.test(t, "Pms", nil); got != "VALID" {
		t.Errorf("the former key: %s", got)
	}
	c.wantLast(t, "RESTRICTED MISSING_PERMISSION, -")
}

func TestEachCheckOfAClientIsAudited(t *testing.T) {
	t.Parallel()
	c := newChecked(t)
	wantEntries(t, recorded(t, c.Server, c.admin, func() {
		c.test(t, "Pms", credentialsOf("BEDS24", goodKey))
		c.test(t, "Ai", credentialsOf("CLAUDE", rejectedKey))
		c.test(t, "Pms", nil)
		c.set(t, "Pms", with(credentialsOf("BEDS24", rejectedKey), "verify", true))
		c.set(t, "Ai", object{"provider": "DEFAULT", "verify": true})
		c.test(t, "Ai", nil)
	}), "PMS_INTEGRATION_TESTED status ->VALID", "AI_INTEGRATION_TESTED status ->INVALID reason ->KEY_REJECTED",
		"PMS_INTEGRATION_TESTED status ->INVALID reason ->KEY_REJECTED",
		"AI_INTEGRATION_TESTED status ->UNVERIFIABLE reason ->NO_PROVIDER", "AI_INTEGRATION_SET provider ->default")
	c.mustSet(t, "Pms", credentialsOf("BEDS24", goodKey))
	failWrites(t, c.Server, "profile.audit_log", immediately)
	for _, input := range []object{nil, credentialsOf("BEDS24", goodKey)} {
		wantCode(t, c.Server, c.admin, testPmsMutation, inputOf(input), "INTERNAL_SERVER_ERROR")
	}
	wantCode(t, c.Server, c.admin, setPmsMutation, inputOf(with(credentialsOf("BEDS24", rejectedKey), "verify", true)), "INTERNAL_SERVER_ERROR")
	c.wantLast(t, "-, -")
}

func TestTestFieldsAreSelectedOnceInAnOperation(t *testing.T) {
	t.Parallel()
	c := newChecked(t)
	for _, field := range []string{"testPmsIntegration", "testAiIntegration"} {
		wantCode(t, c.Server, c.admin, "mutation { a: "+field+" { check { status } } b: "+field+" { check { status } } }", nil, "COMPLEXITY_LIMIT_EXCEEDED")
	}
}

func TestThirdVerifyOfAnOperationSavesWithoutACheck(t *testing.T) {
	t.Parallel()
	c := newChecked(t)
	const set = `Integration(input: {provider: %s, apiKey: "good-key", verify: true}) { check { status message } userErrors { code } }`
	operation := fmt.Sprintf("mutation { a: setPms"+set+" b: setAi"+set+" c: setAi"+set+" d: setPms"+set+"}", "BEDS24", "CLAUDE", "GEMINI", "CLOUDBEDS")
	for range 2 { // each operation has its own limit
		c.wantRequests(t, 2, func() {
			var saved map[string]payload
			if err := json.Unmarshal(c.Query(t, c.admin, operation, nil).Data, &saved); err != nil {
				t.Fatal(err)
			}
			for name, want := range map[string]string{"a": "VALID", "b": "VALID", "c": "UNVERIFIABLE", "d": "UNVERIFIABLE"} {
				if got := saved[name].Check.String(); got != want || len(saved[name].UserErrors) > 0 {
					t.Errorf("%s: %s, want %s, %v", name, got, want, saved[name].UserErrors)
				}
			}
		})
		wantStored(t, c.Server, "cloudbeds gemini", "select p.proveedor || ' ' || a.proveedor from configuracion_pms p join configuracion_ia a using (empresa_id) where empresa_id = $1", c.Company.ID)
	}
	c.wantLast(t, "-, -")
}
