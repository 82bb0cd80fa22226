package security_test

import (
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

func TestPasswordIsComparedExactly(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	c := client{t: t, server: s}
	// ñ is one code point, é two code points.
	const exact = " Ñandú con cafe\u0301\t"
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
