package graph_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestTheStoredUserDecidesOverTheTokensClaims(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Alembic)
	input := object{"input": object{"externalId": 1, "name": 2}}

	t.Run("an operator whose token says admin", func(t *testing.T) {
		p := s.People(t)
		token := sign(t, with(claimsOf(p.Operator), "rol", "admin"))
		wantJSON(t, me(t, s, token, "{ role }"), `{"role": "OPERATOR"}`)
		wantCode(t, s, token, saveApartmentMutation, input, "FORBIDDEN")
	})
	t.Run("an operator whose token says superadmin", func(t *testing.T) {
		p := s.People(t)
		wantCode(t, s, sign(t, with(claimsOf(p.Operator), "es_superadmin", true)), saveApartmentMutation, input, "FORBIDDEN")
	})
	t.Run("an operator who is a stored superadmin", func(t *testing.T) {
		p := s.People(t)
		user := testdb.User(t, s.Pool, testdb.UserRow{CompanyID: p.Company.ID, Role: "operativo", Superadmin: true})
		wantCode(t, s, s.Token(t, user), saveApartmentMutation, input, "FORBIDDEN")
	})
	t.Run("an admin who is demoted, and promoted again", func(t *testing.T) {
		p := s.People(t)
		token := s.Token(t, p.Admin)
		wantCode(t, s, token, saveApartmentMutation, input, "")
		execute(t, s, "update usuarios set rol = 'operativo' where id = $1", p.Admin.ID)
		wantCode(t, s, token, saveApartmentMutation, input, "FORBIDDEN")
		execute(t, s, "update usuarios set rol = 'admin' where id = $1", p.Admin.ID)
		wantCode(t, s, token, saveApartmentMutation, input, "")
	})
	t.Run("a role that nobody knows is an operator's", func(t *testing.T) {
		p := s.People(t)
		execute(t, s, "update usuarios set rol = 'owner' where id = $1", p.Admin.ID)
		token := s.Token(t, p.Admin)
		wantJSON(t, me(t, s, token, "{ role }"), `{"role": "OPERATOR"}`)
		wantCode(t, s, token, saveApartmentMutation, input, "FORBIDDEN")
	})
	t.Run("an admin whose token says another company", func(t *testing.T) {
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

func TestWhoIsGoneOrInactiveIsSignedOutAtOnce(t *testing.T) {
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
