package graph_test

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

// object is the variables of an operation or a JSON object.
type object = map[string]any

// payload is the payload of a mutation, which has the alias "p".
type payload struct {
	Check      *shownCheck
	Token      *string
	User       json.RawMessage
	Company    json.RawMessage
	UserErrors []struct {
		Code  string
		Field []string
	}
}

// refusal returns the only user error as "CODE input.field", or "" for none.
func (p payload) refusal(t testing.TB) string {
	t.Helper()
	if len(p.UserErrors) == 0 {
		return ""
	}
	if len(p.UserErrors) > 1 || p.Token != nil || isObject(p.User) || isObject(p.Company) {
		t.Errorf("want one user error and nothing else: %+v", p)
	}
	return strings.TrimSpace(p.UserErrors[0].Code + " " + strings.Join(p.UserErrors[0].Field, "."))
}

func isObject(data json.RawMessage) bool { return len(data) > 0 && string(data) != "null" }

// mutate runs a mutation that must have no errors.
func mutate(t testing.TB, s *testserver.Server, token, mutation string, variables object) payload {
	t.Helper()
	var data struct{ P payload }
	s.MustQuery(t, token, mutation, variables, &data)
	return data.P
}

// mustMutate runs a mutation that must have no errors and no user errors.
func mustMutate(t testing.TB, s *testserver.Server, token, mutation string, variables object) payload {
	t.Helper()
	p := mutate(t, s, token, mutation, variables)
	if refusal := p.refusal(t); refusal != "" {
		t.Fatalf("refused: %s", refusal)
	}
	return p
}

// wantRefusal runs a mutation that must return this user error.
func wantRefusal(t testing.TB, s *testserver.Server, token, mutation string, variables object, want string) {
	t.Helper()
	if got := mutate(t, s, token, mutation, variables).refusal(t); got != want {
		t.Errorf("user error %q, want %q", got, want)
	}
}

// wantCode runs an operation that must fail with a code, or succeed for "".
func wantCode(t testing.TB, s *testserver.Server, token, operation string, variables object, want string) *testserver.Response {
	t.Helper()
	resp := s.Query(t, token, operation, variables)
	if resp.Code() != want {
		t.Errorf("code %q, want %q: %s", resp.Code(), want, resp.Body)
	}
	return resp
}

// wantSignedIn checks that a token is valid.
func wantSignedIn(t testing.TB, s *testserver.Server, token string) {
	t.Helper()
	wantCode(t, s, token, "{ me { id } }", nil, "")
}

func wantSignedOut(t testing.TB, s *testserver.Server, token string) {
	t.Helper()
	wantCode(t, s, token, "{ me { id } }", nil, "UNAUTHENTICATED")
}

func wantJSON(t testing.TB, got json.RawMessage, want string) {
	t.Helper()
	if !reflect.DeepEqual(decode(t, string(got)), decode(t, want)) {
		t.Errorf("got  %s\nwant %s", got, strings.Join(strings.Fields(want), " "))
	}
}

func decode(t testing.TB, text string) (value any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return value
}

// stored returns the one value of a query as text, "NULL" for null.
func stored(t testing.TB, s *testserver.Server, query string, args ...any) string {
	t.Helper()
	value := testdb.Value[*string](t, s.Pool, query, args...)
	if value == nil {
		return "NULL"
	}
	return *value
}

func wantStored(t testing.TB, s *testserver.Server, want, query string, args ...any) {
	t.Helper()
	if got := stored(t, s, query, args...); got != want {
		t.Errorf("stored %q, want %q: %s", got, want, query)
	}
}

// with returns a copy of an object with one key set.
func with(o object, key string, value any) object {
	copied := object{}
	maps.Copy(copied, o)
	copied[key] = value
	return copied
}

func inputOf(input object) object {
	if input == nil {
		return nil
	}
	return object{"input": input}
}

// wantSame compares lists of names in any order.
func wantSame(t testing.TB, what string, got, want []string) {
	t.Helper()
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// insertIntegrations inserts all integrations of a company, as the Python service
// would.
func insertIntegrations(t testing.TB, s *testserver.Server, company uuid.UUID) {
	t.Helper()
	testdb.Exec(t, s.Pool, insertPms+"'smoobu', 'stored', true)", company)
	testdb.Exec(t, s.Pool, insertAi+"'openai', 'stored', null, true)", company)
	testdb.Exec(t, s.Pool, insertGoogle+"'stored', true)", company)
}

// rowsOf returns all rows of a company as text.
func rowsOf(t *testing.T, s *testserver.Server, company uuid.UUID) string {
	t.Helper()
	return stored(t, s, `
		select concat_ws(E'\n',
			(select to_jsonb(e) from empresas e where id = $1),
			(select jsonb_agg(to_jsonb(u) order by id) from usuarios u where empresa_id = $1),
			(select to_jsonb(p) from configuracion_pms p where empresa_id = $1),
			(select to_jsonb(a) from configuracion_ia a where empresa_id = $1),
			(select to_jsonb(g) from integraciones_google g where empresa_id = $1),
			(select jsonb_agg(to_jsonb(k) order by user_id) from profile.kept_tokens k
				join usuarios u on u.id = k.user_id where u.empresa_id = $1))`, company)
}

const (
	insertPms = `insert into configuracion_pms (id, empresa_id, created_at, updated_at, proveedor, api_key_cifrada, activo)
		values (gen_random_uuid(), $1, now(), now(), `
	insertAi = `insert into configuracion_ia (id, empresa_id, created_at, updated_at, proveedor, api_key_cifrada, modelo, activo)
		values (gen_random_uuid(), $1, now(), now(), `
	insertGoogle = `insert into integraciones_google (id, empresa_id, created_at, updated_at, alcance, refresh_token_cifrado, activo)
		values (gen_random_uuid(), $1, now(), now(), 'calendar', `
)

// insertAiKey inserts an AI integration, as the Python service would. An empty key is
// stored as null.
func insertAiKey(t testing.TB, s *testserver.Server, company uuid.UUID, provider, key string) {
	t.Helper()
	var ciphertext *string
	if key != "" {
		ciphertext = new(encrypt(t, s, key))
	}
	testdb.Exec(t, s.Pool, insertAi+"$2, $3, 'stored-model', true)", company, provider, ciphertext)
}

func encrypt(t testing.TB, s *testserver.Server, key string) string {
	t.Helper()
	ciphertext, err := s.App.Keys.Encrypt(key)
	if err != nil {
		t.Fatal(err)
	}
	return ciphertext
}

// wantCompany compares the company in a payload, and then in me.
func wantCompany(t testing.TB, s *testserver.Server, token string, shown json.RawMessage, fragment, want string) {
	t.Helper()
	wantJSON(t, shown, want)
	wantJSON(t, companyOf(t, s, token, fragment), want)
}

// companyOf returns a fragment of the caller's company.
func companyOf(t testing.TB, s *testserver.Server, token, fragment string) json.RawMessage {
	t.Helper()
	var data struct {
		Me struct{ Company json.RawMessage }
	}
	name := strings.Fields(fragment)[1]
	s.MustQuery(t, token, "{ me { company { ..."+name+" } } }"+fragment, nil, &data)
	return data.Me.Company
}

// slowWrites makes every write to the tables take 20 ms.
func slowWrites(t testing.TB, s *testserver.Server, tables ...string) {
	t.Helper()
	testdb.Exec(t, s.Pool, "drop function if exists slow() cascade")
	testdb.Exec(t, s.Pool, "create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.02); return new; end $$")
	for _, table := range tables {
		testdb.Exec(t, s.Pool, "create trigger slow before insert or update on "+table+" for each row execute function slow()")
	}
}
