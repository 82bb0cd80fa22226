package graph_test

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

// object is the variables of an operation, or an object in them.
type object = map[string]any

// payload is what the mutations answer, under the alias "p".
type payload struct {
	Token      *string
	User       json.RawMessage
	Company    json.RawMessage
	UserErrors []struct {
		Code  string
		Field []string
	}
}

// refusal is the only user error as "CODE input.field", "" when there is none.
func (p payload) refusal(t testing.TB) string {
	t.Helper()
	if len(p.UserErrors) == 0 {
		return ""
	}
	if len(p.UserErrors) > 1 || p.Token != nil || isObject(p.User) || isObject(p.Company) {
		t.Errorf("a refusal with more than its one user error: %+v", p)
	}
	return strings.TrimSpace(p.UserErrors[0].Code + " " + strings.Join(p.UserErrors[0].Field, "."))
}

func isObject(data json.RawMessage) bool { return len(data) > 0 && string(data) != "null" }

// mutate runs a mutation that must have no errors; its field has the alias "p".
func mutate(t testing.TB, s *testserver.Server, token, mutation string, variables object) payload {
	t.Helper()
	var data struct{ P payload }
	s.MustQuery(t, token, mutation, variables, &data)
	return data.P
}

// mustMutate runs a mutation that must not be refused either.
func mustMutate(t testing.TB, s *testserver.Server, token, mutation string, variables object) payload {
	t.Helper()
	p := mutate(t, s, token, mutation, variables)
	if refusal := p.refusal(t); refusal != "" {
		t.Fatalf("refused: %s", refusal)
	}
	return p
}

// wantRefusal runs a mutation that must be refused with this user error.
func wantRefusal(t testing.TB, s *testserver.Server, token, mutation string, variables object, want string) {
	t.Helper()
	if got := mutate(t, s, token, mutation, variables).refusal(t); got != want {
		t.Errorf("user error %q, want %q", got, want)
	}
}

// wantCode runs an operation that must fail with this code, "" for success.
func wantCode(t testing.TB, s *testserver.Server, token, operation string, variables object, want string) *testserver.Response {
	t.Helper()
	answer := s.Query(t, token, operation, variables)
	if answer.Code() != want {
		t.Errorf("code %q, want %q: %s", answer.Code(), want, answer.Body)
	}
	return answer
}

// wantSignedIn tells whether a token still counts, by asking for me.
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

// stored is the one value of a query, as text; "NULL" for null.
func stored(t testing.TB, s *testserver.Server, query string, args ...any) string {
	t.Helper()
	var value *string
	if err := s.Pool.QueryRow(t.Context(), query, args...).Scan(&value); err != nil {
		t.Fatalf("%v: %s", err, query)
	}
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

// execute changes the database as the other service would.
func execute(t testing.TB, s *testserver.Server, statement string, args ...any) {
	t.Helper()
	if _, err := s.Pool.Exec(t.Context(), statement, args...); err != nil {
		t.Fatalf("%v: %s", err, statement)
	}
}

// with copies an object and sets one more key.
func with(o object, key string, value any) object {
	copied := object{key: value}
	for k, v := range o {
		if k != key {
			copied[k] = v
		}
	}
	return copied
}

// wantSame compares lists of names, in any order.
func wantSame(t testing.TB, what string, got, want []string) {
	t.Helper()
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}
