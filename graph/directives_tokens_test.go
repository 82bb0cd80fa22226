package graph_test

import (
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// Keys for tests only.
const (
	oldKey     = "test-key-of-last-year-test-key-of-last-year"
	foreignKey = "test-key-of-someone-else-test-key-of-someone-else"
)

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
	return signWith(t, []byte(testserver.JWTKey), claims)
}

func signWith(t testing.TB, key []byte, claims object) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims(claims)).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func without(claims object, name string) object {
	copied := with(claims, name, nil)
	delete(copied, name)
	return copied
}

func TestTokenIsAcceptedOrRejected(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own, func(c *config.Config) { c.JWTOldKeys = [][]byte{[]byte(oldKey)} })
	p := s.People(t)
	claims, now := claimsOf(p.Admin), time.Now().Unix()
	changed := testserver.PasswordChangedAt.Unix()
	for name, c := range map[string]struct {
		token    string
		accepted bool
	}{
		"of the Python service":                  {sign(t, claims), true},
		"signed with an old key":                 {signWith(t, []byte(oldKey), claims), true},
		"signed with another key":                {signWith(t, []byte(foreignKey), claims), false},
		"expired a second ago":                   {sign(t, with(claims, "exp", now-1)), false},
		"issued half a minute ahead":             {sign(t, with(claims, "iat", now+30)), true},
		"issued a quarter of an hour ahead":      {sign(t, with(claims, "iat", now+900)), false},
		"valid only later":                       {sign(t, with(claims, "nbf", now+600)), false},
		"without a user":                         {sign(t, without(claims, "user_id")), false},
		"with a user that is not a UUID":         {sign(t, with(claims, "user_id", "1 or 1=1")), false},
		"with a user that is a number":           {sign(t, with(claims, "user_id", 1)), false},
		"issued in the second of a new password": {sign(t, with(claims, "iat", changed)), false},
		"issued in the second after it":          {sign(t, with(claims, "iat", changed+1)), true},
	} {
		t.Run(name, func(t *testing.T) {
			resp := s.Query(t, c.token, "{ me { id } }", nil)
			if want := map[bool]string{true: "", false: "UNAUTHENTICATED"}[c.accepted]; resp.Code() != want {
				t.Errorf("code %q, want %q", resp.Code(), want)
			}
			if strings.Contains(s.Log.String(), c.token) || strings.Contains(resp.Body, c.token) {
				t.Error("the token is in the response or in the log")
			}
		})
	}
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
