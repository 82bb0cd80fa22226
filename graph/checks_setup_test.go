package graph_test

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testprovider"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// shownCheck is a ConnectionCheck in a response.
type shownCheck struct {
	Status         string
	Reason         *string
	Message        string
	Account        *string
	Models         []string
	ModelAvailable *bool
}

// String returns status and reason, "-" for nil.
func (c *shownCheck) String() string {
	if c == nil {
		return "-"
	}
	if c.Reason == nil {
		return c.Status
	}
	return c.Status + " " + *c.Reason
}

// checked is a company and its providers.
type checked struct {
	*testserver.Server
	testserver.People
	providers *testprovider.Server
	admin     string // the token of its administrator
}

// newChecked returns a company on a server whose providers are test providers.
func newChecked(t *testing.T) *checked {
	t.Helper()
	return newCheckedOn(t, testdb.New(t, testdb.Alembic))
}

func newCheckedOn(t *testing.T, database *testdb.DB) *checked {
	t.Helper()
	providers := testprovider.New(t)
	s := testserver.On(t, database.Pool, using(providers))
	people := s.People(t)
	return &checked{s, people, providers, s.Token(t, people.Admin)}
}

// another returns another company on the same server.
func (c *checked) another(t *testing.T) *checked {
	t.Helper()
	people := c.Server.People(t)
	return &checked{c.Server, people, c.providers, c.Server.Token(t, people.Admin)}
}

// mutate runs a mutation of integrations. integration is Pms or Ai, verb test or set.
// nil is the input null.
func (c *checked) mutate(t testing.TB, verb, integration string, input object) payload {
	t.Helper()
	operations := map[string]string{"testPms": testPmsMutation, "testAi": testAiMutation, "setPms": setPmsMutation, "setAi": setAiMutation}
	return mutate(t, c.Server, c.admin, operations[verb+integration], object{"input": input})
}

// verdict runs a mutation like mutate and returns the check, "-" for none, and the user
// error, if any.
func (c *checked) verdict(t testing.TB, verb, integration string, input object) string {
	t.Helper()
	p := c.mutate(t, verb, integration, input)
	if len(p.UserErrors) == 1 && p.UserErrors[0].Code == "CONFLICT" { // beside the company
		p.Company = nil
	}
	refusal := p.refusal(t)
	if refusal == "" {
		wantJSON(t, field(t, p.Company, "id"), text(c.Company.ID.String()))
	}
	return strings.TrimSpace(p.Check.String() + " " + refusal)
}

// test runs testPmsIntegration or testAiIntegration.
func (c *checked) test(t testing.TB, integration string, input object) string {
	t.Helper()
	return c.verdict(t, "test", integration, input)
}

// set runs setPmsIntegration or setAiIntegration.
func (c *checked) set(t testing.TB, integration string, input object) string {
	t.Helper()
	return c.verdict(t, "set", integration, input)
}

func (c *checked) mustSet(t testing.TB, integration string, input object) {
	t.Helper()
	if got := c.set(t, integration, input); got != "-" {
		t.Fatalf("got %s", got)
	}
}

// lastChecks returns the integrations with their last checks.
func (c *checked) lastChecks(t testing.TB, token string) (last struct{ Pms, Ai connection }) {
	t.Helper()
	last.Pms, last.Ai = connections(t, c.Server, token)
	return last
}

// wantLast compares the last checks of both integrations.
func (c *checked) wantLast(t testing.TB, want string) {
	t.Helper()
	last := c.lastChecks(t, c.admin)
	if got := last.Pms.LastCheck.String() + ", " + last.Ai.LastCheck.String(); got != want {
		t.Errorf("last checks %s, want %s", got, want)
	}
}

// wantRequests compares the number of requests to providers during do.
func (c *checked) wantRequests(t testing.TB, want int, do func()) {
	t.Helper()
	before := c.providers.Requests()
	do()
	if got := c.providers.Requests() - before; got != want {
		t.Errorf("%d requests to providers, want %d", got, want)
	}
}

// storedKey returns the stored API key of an integration, "" for none.
func (c *checked) storedKey(t testing.TB, integration string) string {
	t.Helper()
	return storedKey(t, c.Server, map[string]string{"Pms": storedPmsKey, "Ai": storedAiKey}[integration], c.Company.ID)
}

// storeAs stores an API key like the Python service, in the table of an integration.
func (c *checked) storeAs(t testing.TB, integration, provider, ciphertext string) {
	t.Helper()
	testdb.Exec(t, c.Pool, map[string]string{"Pms": insertPms + "$2, $3, true)", "Ai": insertAi + "$2, $3, null, true)"}[integration]+
		" on conflict (empresa_id) do update set proveedor = excluded.proveedor, api_key_cifrada = excluded.api_key_cifrada", c.Company.ID, provider, ciphertext)
}

// hang lets the providers wait until the client disconnects. started receives a value
// for each request.
func (c *checked) hang() (started chan struct{}) {
	started = make(chan struct{}, 100)
	c.providers.Override(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started <- struct{}{}
		testprovider.Hang.ServeHTTP(w, r)
	}))
	return started
}

// field returns a member of a JSON object.
func field(t testing.TB, data json.RawMessage, name string) json.RawMessage {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	return members[name]
}

// credentialsOf returns the input for a key of a provider of an integration, with what
// the provider needs beside it.
func credentialsOf(provider, key string) object {
	input := object{"provider": provider, "apiKey": key}
	if provider == "HOSTAWAY" {
		input["accountId"] = testprovider.Account
	}
	if strings.HasPrefix(key, testprovider.SignedKey) {
		input["apiSecret"] = testprovider.Secret
	}
	return input
}

func integrationOf(provider string) string {
	return cmp.Or(map[string]string{"SMOOBU": "Pms", "BEDS24": "Pms", "HOSTAWAY": "Pms", "CLOUDBEDS": "Pms"}[provider], "Ai")
}

// using lets a server ask the test providers.
func using(providers *testprovider.Server) func(*config.Config) {
	return func(c *config.Config) { c.ProviderURLs = providers.URLs() }
}
