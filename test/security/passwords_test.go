package security_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestCommonPasswordsAreRefused(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	company := testdb.Company(t, s.Pool, testdb.CompanyRow{Name: "Villa del Sol"})
	user := testdb.User(t, s.Pool, testdb.UserRow{CompanyID: company.ID, Email: "ana.lopez@casa-azul.example"})
	c, token := client{t: t, server: s}, s.Token(t, user)
	for _, api := range apis {
		for _, password := range []string{"12345678", "password", "PassWord", "qwertyuiop", "00000000", "987654321", "123123123", "        ",
			"Passw0rd!", "contraseña", "12345678a", "Stay-Sidekick1", user.Email, "Ana.Lopez1", "CasaAzul2026!", "villa DEL sol 1"} {
			api.changePassword(c, token, testdb.Password, password).want(t, api.name+" "+password, api.weak)
		}
	}
	graphqlAPI.changePassword(c, token, testdb.Password, "q7-Lw2xz").want(t, "a short uncommon password", "")
	restAPI.changePassword(c, token, "q7-Lw2xz", "villa del sol con vistas al mar").want(t, "a long password", "")
}

func TestANewPasswordHasAtLeastEightCharacters(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	c, token := client{t: t, server: s}, s.Token(t, s.People(t).Admin)
	graphqlAPI.changePassword(c, token, testdb.Password, "q7-Lw2x").want(t, "GraphQL", "BAD_USER_INPUT")
	restAPI.changePassword(c, token, testdb.Password, "q7-Lw2x").want(t, "REST", "422 password_nueva")
}

func TestAChangeNeedsTheCurrentAndTheNewPassword(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	user := s.People(t).Admin
	c, token := client{t: t, server: s}, s.Token(t, user)
	for name, body := range map[string][2]object{
		"without the current one": {{"newPassword": newPassword}, {"password_nueva": newPassword}},
		"without a new one":       {{"currentPassword": testdb.Password}, {"password_actual": testdb.Password}},
		"with an empty one":       {{"currentPassword": "", "newPassword": newPassword}, {"password_actual": "", "password_nueva": newPassword}},
	} {
		c.graphql(token, changePasswordMutation, body[0]).want(t, name, "BAD_USER_INPUT")
		if r := c.rest(token, http.MethodPut, "/api/perfil/password", body[1]); r.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
	}
	for _, api := range apis {
		api.changePassword(c, token, wrong, newPassword).want(t, api.name, api.wrongPassword)
	}
	wantSignIn(c, user.Email, testdb.Password)
}

func TestPasswordIsComparedExactly(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	c := client{t: t, server: s}
	// ñ is one code point, é two code points; the second password has outer spaces.
	for _, exact := range []string{"Ñandú con cafe\u0301", " Ñandú con cafe\u0301\t"} {
		for _, api := range apis {
			user := s.People(t).Admin
			api.changePassword(c, s.Token(t, user), testdb.Password, exact).want(t, api.name, "")
			for i, other := range variants(exact) {
				api.signIn(c, user.Email, other).want(t, other, api.badCredentials)
				if i%4 == 3 {
					wantSignIn(c, user.Email, exact) // also resets the failures
				}
			}
		}
	}
}

// variants returns passwords that a server which normalizes would accept.
func variants(exact string) (others []string) {
	for _, other := range []string{
		strings.TrimSpace(exact), strings.TrimLeft(exact, " "), " " + exact, exact + " ", exact + "\n", strings.ToLower(exact), strings.ToUpper(exact),
		strings.ReplaceAll(exact, "e\u0301", "é"), strings.ReplaceAll(exact, "n", "ñ"), strings.ReplaceAll(exact, " ", "  "), strings.TrimRight(exact, "\u0301\t"),
	} {
		if other != exact {
			others = append(others, other)
		}
	}
	return others
}
