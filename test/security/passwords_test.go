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
		for _, password := range []string{"PassWord", "Stay-Sidekick1", user.Email, "CasaAzul2026!", "villa DEL sol 1"} {
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
		for _, other := range []string{strings.TrimSpace(exact), exact + "\n", strings.ToLower(exact), strings.ReplaceAll(exact, "e\u0301", "é")} {
			api.signIn(c, user.Email, other).want(t, other, api.badCredentials)
		}
		wantSignIn(c, user.Email, exact)
	}
}
