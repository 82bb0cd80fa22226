package graph_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/graph/model"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestEveryRootFieldHasARowInTheAccessTable(t *testing.T) {
	wantSame(t, "fields of Query and Mutation", slices.Collect(maps.Keys(rootFields)), slices.Collect(maps.Keys(rootFieldsOf(graph.Schema()))))
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
	input := inputOf(object{"externalId": 1, "name": 2})
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
			testdb.Exec(t, s.Pool, "update usuarios set "+c.columns+" where id = $1", p.Admin.ID)
			wantJSON(t, me(t, s, token, "{ role }"), `{"role": "OPERATOR"}`)
			wantCode(t, s, token, saveApartmentMutation, input, "FORBIDDEN")
			testdb.Exec(t, s.Pool, "update usuarios set rol = 'admin' where id = $1", p.Admin.ID)
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
		testdb.Exec(t, s.Pool, "update usuarios set empresa_id = $2, email = 'moved@example.com' where id = $1", p.Admin.ID, p.OtherCompany.ID)
		wantJSON(t, me(t, s, token, "{ companyId email }"), fmt.Sprintf(`{"companyId": %q, "email": "moved@example.com"}`, p.OtherCompany.ID))
	})
}

func TestFieldIsAuthorisedForTheViewerOfItsObject(t *testing.T) {
	caller, other := &auth.Principal{Email: "caller"}, &auth.Principal{Email: "other"}
	ctx := auth.WithCaller(t.Context(), func() (*auth.Principal, error) { return caller, nil })
	for _, c := range []struct {
		obj  any
		want *auth.Principal // nil for an error
	}{
		{nil, caller},
		{&model.User{ForViewer: model.ForViewer{Principal: other}}, other},
		{&model.Company{}, nil},
		{&model.PageInfo{}, nil},
	} {
		if got, err := graph.ViewerOf(ctx, c.obj); got != c.want || (err == nil) != (c.want != nil) {
			t.Errorf("%T: got %v, %v, want %v", c.obj, got, err, c.want)
		}
	}
}

// claimsOf returns the claims of a token of the Python service.
func claimsOf(user testdb.UserRow) object {
	now := time.Now().Unix()
	return object{
		"sub": user.Email, "user_id": user.ID.String(), "empresa_id": user.CompanyID.String(), "rol": user.Role,
		"es_superadmin": user.Superadmin, "debe_cambiar_password": false, "iat": now - 1, "exp": now + 3600,
	}
}

// sign returns a token as the Python service issues it.
func sign(t testing.TB, claims object) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims(claims)).SignedString([]byte(testserver.JWTKey))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestMissingInvalidAndExpiredTokenHaveDifferentMessages(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	expired := sign(t, with(claimsOf(p.Admin), "exp", time.Now().Unix()-1))
	for token, want := range map[string]string{"": "the request has no token", "not.a.token": "is not valid", expired: "has expired"} {
		resp := s.Query(t, token, "{ me { id } }", nil)
		if len(resp.Errors) != 1 || !strings.Contains(resp.Errors[0].Message, want) {
			t.Errorf("want %q in %s", want, resp.Body)
		}
	}
}
