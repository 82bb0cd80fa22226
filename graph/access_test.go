package graph_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestEveryRootFieldHasARowInTheAccessTable(t *testing.T) {
	schema := graph.Schema()
	var inSchema, inTable []string
	for _, field := range fieldsOfRoots(schema) {
		inSchema = append(inSchema, field.name)
	}
	for name := range rootFields {
		inTable = append(inTable, name)
	}
	wantSame(t, "fields of Query and Mutation", inTable, inSchema)
}

// caller is one of those who may try, and what each kind of field answers.
type caller struct {
	name    string
	token   func(*testing.T, *testserver.Server, testserver.People) string
	company func(testserver.People) uuid.UUID // nil for who belongs to none
	code    map[access]string
}

var (
	nobody   = map[access]string{anyone: "", signedIn: "UNAUTHENTICATED", administrator: "UNAUTHENTICATED"}
	operator = map[access]string{anyone: "", signedIn: "", administrator: "FORBIDDEN"}
	admin    = map[access]string{anyone: "", signedIn: "", administrator: ""}
)

func ownCompany(p testserver.People) uuid.UUID   { return p.Company.ID }
func otherCompany(p testserver.People) uuid.UUID { return p.OtherCompany.ID }

var callers = []caller{
	{"without a token", func(*testing.T, *testserver.Server, testserver.People) string { return "" }, nil, nobody},
	{"with garbage for a token", func(*testing.T, *testserver.Server, testserver.People) string { return "not.a.token" }, nil, nobody},
	{"with an expired token", func(t *testing.T, _ *testserver.Server, p testserver.People) string {
		return sign(t, with(claimsOf(p.Admin), "exp", time.Now().Add(-time.Second).Unix()))
	}, nil, nobody},
	{"as an operator", func(t *testing.T, s *testserver.Server, p testserver.People) string { return s.Token(t, p.Operator) }, ownCompany, operator},
	{"as an admin", func(t *testing.T, s *testserver.Server, p testserver.People) string { return s.Token(t, p.Admin) }, ownCompany, admin},
	{"as an admin of another company", func(t *testing.T, s *testserver.Server, p testserver.People) string {
		return s.Token(t, p.OtherAdmin)
	}, otherCompany, admin},
}

func TestWhoMayAskForWhat(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		s := testserver.New(t, shape)
		for name, field := range rootFields {
			for _, c := range callers {
				t.Run(name+" "+c.name, func(t *testing.T) { tryAccess(t, s, field, c) })
			}
		}
	})
}

func tryAccess(t *testing.T, s *testserver.Server, field rootField, c caller) {
	p := s.People(t)
	fill(t, s, p.Company.ID)
	fill(t, s, p.OtherCompany.ID)
	before := map[uuid.UUID]string{p.Company.ID: rowsOf(t, s, p.Company.ID), p.OtherCompany.ID: rowsOf(t, s, p.OtherCompany.ID)}

	answer := wantCode(t, s, c.token(t, s, p), field.operation, field.variables(p), c.code[field.access])

	allowed := c.code[field.access] == ""
	if allowed == strings.Contains(answer.Body, `"data":null`) || strings.Contains(answer.Body, `"userErrors":[{`) {
		t.Errorf("answer %s", answer.Body)
	}
	for id, rows := range before {
		own := c.company != nil && c.company(p) == id
		changed := rowsOf(t, s, id) != rows
		if want := own && allowed && field.changes; changed != want {
			t.Errorf("rows of company changed: %t, want %t (own company: %t)", changed, want, own)
		}
		if told := strings.Contains(answer.Body, id.String()); told && !own && field.access != anyone {
			t.Errorf("the answer holds the id of a company that is not the caller's: %s", answer.Body)
		}
	}
}

// fill gives a company a row in each table, as the Python service does.
func fill(t *testing.T, s *testserver.Server, company uuid.UUID) {
	t.Helper()
	execute(t, s, `insert into configuracion_pms (id, empresa_id, proveedor, api_key_cifrada, activo, created_at, updated_at)
		values (gen_random_uuid(), $1, 'smoobu', 'stored', true, now(), now())`, company)
	execute(t, s, `insert into configuracion_ia (id, empresa_id, proveedor, api_key_cifrada, activo, created_at, updated_at)
		values (gen_random_uuid(), $1, 'openai', 'stored', true, now(), now())`, company)
	execute(t, s, `insert into integraciones_google (id, empresa_id, refresh_token_cifrado, alcance, activo, created_at, updated_at)
		values (gen_random_uuid(), $1, 'stored', 'calendar', true, now(), now())`, company)
}

// rowsOf is everything that is stored of a company.
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
