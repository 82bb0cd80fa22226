package graph_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// The Python service trusts the claims of a token.
func TestLoginReturnsATokenWithTheClaimsOfTheStoredUser(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	never := testdb.User(t, s.Pool, testdb.UserRow{CompanyID: p.Company.ID, Role: "operativo", Superadmin: true})
	recent := testdb.User(t, s.Pool, testdb.UserRow{CompanyID: p.Company.ID, PasswordChangedAt: time.Now().Add(-time.Hour)})
	for user, must := range map[testdb.UserRow]bool{never: true, recent: false} {
		payload := mustMutate(t, s, "", loginMutation, credentials(" "+strings.ToUpper(user.Email)+"\n", testdb.Password))
		wantJSON(t, payload.User, fmt.Sprintf(`{"id": %q, "companyId": %q}`, user.ID, p.Company.ID))
		wantSignedIn(t, s, *payload.Token)
		body, err := base64.RawURLEncoding.DecodeString(strings.Split(*payload.Token, ".")[1])
		if err != nil {
			t.Fatal(err)
		}
		claims := decode(t, string(body)).(object)
		if issued := int64(claims["iat"].(float64)); time.Since(time.Unix(issued, 0)).Abs() > time.Minute || claims["exp"] != float64(issued+3600) {
			t.Errorf("claims %v", claims)
		}
		wantJSON(t, body, fmt.Sprintf(`{"sub": %q, "user_id": %q, "empresa_id": %q, "rol": %q, "es_superadmin": %t, "debe_cambiar_password": %t,
			"iat": %v, "exp": %v, "jti": %q}`, user.Email, user.ID, user.CompanyID, user.Role, user.Superadmin, must, int64(claims["iat"].(float64)), int64(claims["exp"].(float64)), claims["jti"]))
	}
}

func TestRefusedLoginDoesNotRevealTheReason(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	inactive := testdb.User(t, s.Pool, testdb.UserRow{CompanyID: p.Company.ID, Inactive: true})
	closed := testdb.Company(t, s.Pool, testdb.CompanyRow{Inactive: true})
	ofClosed := testdb.User(t, s.Pool, testdb.UserRow{CompanyID: closed.ID})
	unreadable := testdb.User(t, s.Pool, testdb.UserRow{CompanyID: p.Company.ID, PasswordHash: "not a hash"})
	bodies := map[string][]string{}
	for name, variables := range map[string]object{
		"a wrong password":           credentials(p.Admin.Email, "Wrong-Horse-1"),
		"a password in another case": credentials(p.Operator.Email, strings.ToUpper(testdb.Password)),
		"a space after the password": credentials(p.OtherAdmin.Email, testdb.Password+" "),
		"an unknown e-mail":          credentials("nobody@example.com", testdb.Password),
		"an inactive user":           credentials(inactive.Email, testdb.Password),
		"an inactive company":        credentials(ofClosed.Email, testdb.Password),
		"an invalid hash":            credentials(unreadable.Email, "not a hash"),
		"the company's own e-mail":   credentials(p.Company.Email, testdb.Password),
		"an SQL pattern":             credentials("%@%", testdb.Password),
	} {
		body := s.Query(t, "", `mutation($input: LoginInput!) { login(input: $input) {
			token user { id } userErrors { code field message } } }`, variables).Body
		bodies[body] = append(bodies[body], name)
	}
	wantRefusal(t, s, "", loginMutation, credentials("nobody@example.com", testdb.Password), "INVALID_CREDENTIALS")
	if len(bodies) != 1 {
		t.Errorf("different responses: %q", bodies)
	}
}
