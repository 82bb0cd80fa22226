package graph_test

import (
	"encoding/base64"
	"encoding/json"
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

// claimsOf is what the Python service puts into a token.
func claimsOf(user testdb.UserRow) object {
	now := time.Now().Unix()
	return object{
		"sub": user.Email, "user_id": user.ID.String(), "empresa_id": user.CompanyID.String(), "rol": user.Role,
		"es_superadmin": user.Superadmin, "debe_cambiar_password": false, "iat": now - 1, "exp": now + 3600,
	}
}

// sign makes a token as the Python service does.
func sign(t testing.TB, claims object) string {
	t.Helper()
	return signWith(t, jwt.SigningMethodHS256, []byte(testserver.JWTKey), claims)
}

func signWith(t testing.TB, method jwt.SigningMethod, key any, claims object) string {
	t.Helper()
	token, err := jwt.NewWithClaims(method, jwt.MapClaims(claims)).SignedString(key)
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

func TestWhichTokensCount(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own, func(c *config.Config) { c.JWTOldKeys = [][]byte{[]byte(oldKey)} })
	p := s.People(t)
	claims, now := claimsOf(p.Admin), time.Now().Unix()
	good := sign(t, claims)
	for name, c := range map[string]struct {
		token  string
		counts bool
	}{
		"one that the Python service issued":       {good, true},
		"one with just the claims that count":      {sign(t, object{"user_id": p.Admin.ID.String(), "iat": now - 1, "exp": now + 60}), true},
		"one under an old key":                     {signWith(t, jwt.SigningMethodHS256, []byte(oldKey), claims), true},
		"one under another key":                    {signWith(t, jwt.SigningMethodHS256, []byte(foreignKey), claims), false},
		"one without a signature":                  {good[:strings.LastIndex(good, ".")+1], false},
		"one with the algorithm none":              {signWith(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims), false},
		"one with the right key and HS512":         {signWith(t, jwt.SigningMethodHS512, []byte(testserver.JWTKey), claims), false},
		"one whose claims were exchanged":          {exchangeClaims(t, good, claimsOf(p.OtherAdmin)), false},
		"one without iat":                          {sign(t, without(claims, "iat")), false},
		"one without exp":                          {sign(t, without(claims, "exp")), false},
		"one that expired a second ago":            {sign(t, with(claims, "exp", now-1)), false},
		"one issued half a minute ahead":           {sign(t, with(claims, "iat", now+30)), true},
		"one issued a quarter of an hour ahead":    {sign(t, with(claims, "iat", now+900)), false},
		"one that counts only later":               {sign(t, with(claims, "nbf", now+600)), false},
		"one without a user":                       {sign(t, without(claims, "user_id")), false},
		"one whose user is no id":                  {sign(t, with(claims, "user_id", "1 or 1=1")), false},
		"one whose user is a number":               {sign(t, with(claims, "user_id", 1)), false},
		"one of four kilobytes and more":           {sign(t, with(claims, "sub", strings.Repeat("x", 4096))), false},
		"one with a second token behind":           {good + "." + good, false},
		"one in quotes":                            {`"` + good + `"`, false},
		"one issued before the password's change":  {sign(t, with(claims, "iat", testserver.PasswordChangedAt.Unix()-1)), false},
		"one issued in the second of that change":  {sign(t, with(claims, "iat", testserver.PasswordChangedAt.Unix())), false},
		"one issued in the second after it":        {sign(t, with(claims, "iat", testserver.PasswordChangedAt.Unix()+1)), true},
		"one issued in 1969, with a negative time": {sign(t, with(claims, "iat", -1)), false},
	} {
		t.Run(name, func(t *testing.T) {
			answer := s.Query(t, c.token, "{ me { id } }", nil)
			if want := map[bool]string{true: "", false: "UNAUTHENTICATED"}[c.counts]; answer.Code() != want {
				t.Errorf("code %q, want %q", answer.Code(), want)
			}
			if strings.Contains(s.Log.String(), c.token) || strings.Contains(answer.Body, c.token) {
				t.Error("the token is in the answer or in the log")
			}
		})
	}
}

// exchangeClaims puts other claims between a token's header and signature.
func exchangeClaims(t *testing.T, token string, claims object) string {
	t.Helper()
	body, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(token, ".")
	return parts[0] + "." + base64.RawURLEncoding.EncodeToString(body) + "." + parts[2]
}

func TestEachKindOfBadTokenIsToldInWordsOfItsOwn(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	expired := sign(t, with(claimsOf(p.Admin), "exp", time.Now().Unix()-1))
	for token, want := range map[string]string{"": "has no bearer token", "not.a.token": "is not valid", expired: "has expired"} {
		answer := s.Query(t, token, "{ me { id } }", nil)
		if len(answer.Errors) != 1 || !strings.Contains(answer.Errors[0].Message, want) {
			t.Errorf("want %q in %s", want, answer.Body)
		}
	}
}
