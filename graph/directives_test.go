package graph_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/graph/model"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestEveryRootFieldHasARowInTheAccessTable(t *testing.T) {
	var inSchema []string
	for _, field := range fieldsOfRoots(graph.Schema()) {
		inSchema = append(inSchema, field.name)
	}
	wantSame(t, "fields of Query and Mutation", slices.Collect(maps.Keys(rootFields)), inSchema)
}

// caller is a kind of client with the code that each kind of field returns to it.
type caller struct {
	name    string
	token   func(*testing.T, *testserver.Server, testserver.People) string
	company func(testserver.People) uuid.UUID // nil for none
	code    map[access]string
}

var (
	unauthenticated = map[access]string{anyone: "", signedIn: "UNAUTHENTICATED", administrator: "UNAUTHENTICATED"}
	operator        = map[access]string{anyone: "", signedIn: "", administrator: "FORBIDDEN"}
	admin           = map[access]string{anyone: "", signedIn: "", administrator: ""}
)

func ownCompany(p testserver.People) uuid.UUID { return p.Company.ID }

func otherCompany(p testserver.People) uuid.UUID { return p.OtherCompany.ID }

var callers = []caller{
	{"without a token", func(*testing.T, *testserver.Server, testserver.People) string { return "" }, nil, unauthenticated},
	{"with garbage for a token", func(*testing.T, *testserver.Server, testserver.People) string { return "not.a.token" }, nil, unauthenticated},
	{"with an expired token", func(t *testing.T, _ *testserver.Server, p testserver.People) string {
		return sign(t, with(claimsOf(p.Admin), "exp", time.Now().Add(-time.Second).Unix()))
	}, nil, unauthenticated},
	{"as an operator", func(t *testing.T, s *testserver.Server, p testserver.People) string { return s.Token(t, p.Operator) }, ownCompany, operator},
	{"as an admin", func(t *testing.T, s *testserver.Server, p testserver.People) string { return s.Token(t, p.Admin) }, ownCompany, admin},
	{"as an admin of another company", func(t *testing.T, s *testserver.Server, p testserver.People) string {
		return s.Token(t, p.OtherAdmin)
	}, otherCompany, admin},
}

func TestRootFieldsRequireTheirRole(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		s := testserver.New(t, shape)
		for name, field := range rootFields {
			for _, c := range callers {
				t.Run(name+" "+c.name, func(t *testing.T) { checkAccess(t, s, field, c) })
			}
		}
	})
}

func checkAccess(t *testing.T, s *testserver.Server, field rootField, c caller) {
	p := s.People(t)
	insertIntegrations(t, s, p.Company.ID)
	insertIntegrations(t, s, p.OtherCompany.ID)
	before := map[uuid.UUID]string{p.Company.ID: rowsOf(t, s, p.Company.ID), p.OtherCompany.ID: rowsOf(t, s, p.OtherCompany.ID)}

	resp := wantCode(t, s, c.token(t, s, p), field.operation, field.variables(p), c.code[field.access])

	allowed := c.code[field.access] == ""
	if allowed == strings.Contains(resp.Body, `"data":null`) || strings.Contains(resp.Body, `"userErrors":[{`) {
		t.Errorf("got %s", resp.Body)
	}
	for id, rows := range before {
		own := c.company != nil && c.company(p) == id
		changed := rowsOf(t, s, id) != rows
		if want := own && allowed && field.changes; changed != want {
			t.Errorf("rows of company changed: %t, want %t (own company: %t)", changed, want, own)
		}
		if !own && field.access != anyone && strings.Contains(resp.Body, id.String()) {
			t.Errorf("the response contains the id of another company: %s", resp.Body)
		}
	}
}

func TestStoredUserOverridesTheClaimsOfTheToken(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Alembic)
	input := object{"input": object{"externalId": 1, "name": 2}}
	for name, c := range map[string]struct {
		claims  object // of the token
		columns string // of the stored user
	}{
		"a token with the role admin": {object{"rol": "admin"}, "rol = 'operativo'"},
		"a token of a superadmin":     {object{"es_superadmin": true}, "rol = 'operativo'"},
		"a stored superadmin":         {object{"es_superadmin": true}, "rol = 'operativo', es_superadmin = true"},
		"an unknown role":             {object{"rol": "admin"}, "rol = 'owner'"},
	} {
		t.Run(name+" is an operator", func(t *testing.T) {
			p := s.People(t)
			claims := claimsOf(p.Admin)
			maps.Copy(claims, c.claims)
			token := sign(t, claims)
			wantCode(t, s, token, saveApartmentMutation, input, "")
			execute(t, s, "update usuarios set "+c.columns+" where id = $1", p.Admin.ID)
			wantJSON(t, me(t, s, token, "{ role }"), `{"role": "OPERATOR"}`)
			wantCode(t, s, token, saveApartmentMutation, input, "FORBIDDEN")
			execute(t, s, "update usuarios set rol = 'admin' where id = $1", p.Admin.ID)
			wantCode(t, s, token, saveApartmentMutation, input, "")
		})
	}
	t.Run("a token with another company", func(t *testing.T) {
		p := s.People(t)
		token := sign(t, with(claimsOf(p.Admin), "empresa_id", p.OtherCompany.ID.String()))
		wantJSON(t, me(t, s, token, "{ companyId company { id name } }"),
			fmt.Sprintf(`{"companyId": %q, "company": {"id": %q, "name": %q}}`, p.Company.ID, p.Company.ID, p.Company.Name))
		other := rowsOf(t, s, p.OtherCompany.ID)
		mustMutate(t, s, token, saveApartmentMutation, input)
		if rowsOf(t, s, p.OtherCompany.ID) != other {
			t.Error("the other company's rows changed")
		}
		wantStored(t, s, "1", "select configuracion->'xlsx_apartamentos'->>'col_id_externo' from empresas where id = $1", p.Company.ID)
	})
	t.Run("an admin who moved to another company", func(t *testing.T) {
		p := s.People(t)
		token := s.Token(t, p.Admin)
		execute(t, s, "update usuarios set empresa_id = $2, email = 'moved@example.com' where id = $1", p.Admin.ID, p.OtherCompany.ID)
		wantJSON(t, me(t, s, token, "{ companyId email }"), fmt.Sprintf(`{"companyId": %q, "email": "moved@example.com"}`, p.OtherCompany.ID))
	})
}

func TestInactiveOrDeletedUserIsUnauthenticated(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	for name, c := range map[string]struct {
		end, undo string
		id        func(testserver.People) uuid.UUID
	}{
		"an inactive user": {"update usuarios set activo = false where id = $1", "update usuarios set activo = true where id = $1",
			func(p testserver.People) uuid.UUID { return p.Admin.ID }},
		"a user of an inactive company": {"update empresas set activa = false where id = $1", "update empresas set activa = true where id = $1", ownCompany},
		"a deleted user":                {"delete from usuarios where id = $1", "", func(p testserver.People) uuid.UUID { return p.Admin.ID }},
		"a user of a deleted company":   {"delete from empresas where id = $1", "", ownCompany},
	} {
		t.Run(name, func(t *testing.T) {
			p := s.People(t)
			token := s.Token(t, p.Admin)
			wantSignedIn(t, s, token)
			execute(t, s, c.end, c.id(p))
			wantSignedOut(t, s, token)
			wantCode(t, s, token, saveApartmentMutation, object{"input": object{"externalId": 1, "name": 2}}, "UNAUTHENTICATED")
			wantSignedIn(t, s, s.Token(t, p.OtherAdmin))
			if c.undo != "" {
				execute(t, s, c.undo, c.id(p))
				wantSignedIn(t, s, token)
			}
		})
	}
}

func TestFieldIsAuthorisedForTheViewerOfItsObject(t *testing.T) {
	caller, other := &auth.Principal{Email: "caller"}, &auth.Principal{Email: "other"}
	ctx := auth.WithCaller(t.Context(), func() (*auth.Principal, error) { return caller, nil })
	of := model.ForViewer{Principal: other}
	for _, c := range []struct {
		ctx  context.Context
		obj  any
		want *auth.Principal // nil for an error
	}{
		{ctx, nil, caller},
		{t.Context(), nil, nil},
		{ctx, &model.User{ForViewer: of}, other},
		{t.Context(), &model.Company{ForViewer: of}, other},
		{ctx, &model.Company{}, nil},
		{ctx, &model.PageInfo{}, nil},
	} {
		got, err := graph.ViewerOf(c.ctx, c.obj)
		if got != c.want || (err == nil) != (c.want != nil) {
			t.Errorf("%T: got %v, %v, want %v", c.obj, got, err, c.want)
		}
	}
}
