package graph_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func credentials(email, password string) object {
	return object{"input": object{"email": email, "password": password}}
}

func TestLoginAnswersATokenThatWorks(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		s := testserver.New(t, shape)
		p := s.People(t)
		user := testdb.User(t, s.Pool, testdb.UserRow{CompanyID: p.Company.ID, Email: "ana@example.com", Role: "operativo"})
		for _, email := range []string{"ana@example.com", " ANA@Example.COM\n", "Ana@example.com "} {
			payload := mustMutate(t, s, "", loginMutation, credentials(email, testdb.Password))
			wantJSON(t, payload.User, fmt.Sprintf(`{"id": %q, "companyId": %q}`, user.ID, p.Company.ID))
			wantJSON(t, me(t, s, *payload.Token, "{ id }"), fmt.Sprintf(`{"id": %q}`, user.ID))
		}
	})
}

// The Python service believes what a token says.
func TestATokenOfLoginSaysWhatIsStored(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	never := testdb.User(t, s.Pool, testdb.UserRow{CompanyID: p.Company.ID, Role: "operativo", Superadmin: true})
	recent := testdb.User(t, s.Pool, testdb.UserRow{CompanyID: p.Company.ID, PasswordChangedAt: time.Now().Add(-time.Hour)})
	for user, must := range map[testdb.UserRow]bool{never: true, recent: false} {
		payload := mustMutate(t, s, "", loginMutation, credentials(user.Email, testdb.Password))
		claims := jwt.MapClaims{}
		if _, err := jwt.ParseWithClaims(*payload.Token, claims, func(*jwt.Token) (any, error) { return []byte(testserver.JWTKey), nil }); err != nil {
			t.Fatal(err)
		}
		issued, expires := claims["iat"].(float64), claims["exp"].(float64)
		if age := time.Since(time.Unix(int64(issued), 0)); age < 0 || age > time.Minute || expires-issued != 3600 {
			t.Errorf("issued %v ago for %v seconds", age, expires-issued)
		}
		if id, _ := claims["jti"].(string); id == "" {
			t.Error("no jti")
		}
		for _, name := range []string{"iat", "exp", "jti"} {
			delete(claims, name)
		}
		shown, err := json.Marshal(claims)
		if err != nil {
			t.Fatal(err)
		}
		wantJSON(t, shown, fmt.Sprintf(`{"sub": %q, "user_id": %q, "empresa_id": %q, "rol": %q, "es_superadmin": %t, "debe_cambiar_password": %t}`,
			user.Email, user.ID, user.CompanyID, user.Role, user.Superadmin, must))
	}
}

func TestARefusedLoginDoesNotTellWhatWasWrong(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	inactive := testdb.User(t, s.Pool, testdb.UserRow{CompanyID: p.Company.ID, Inactive: true})
	closed := testdb.Company(t, s.Pool, testdb.CompanyRow{Inactive: true})
	ofClosed := testdb.User(t, s.Pool, testdb.UserRow{CompanyID: closed.ID})
	unreadable := testdb.User(t, s.Pool, testdb.UserRow{CompanyID: p.Company.ID, PasswordHash: "not a hash"})
	bodies := map[string][]string{}
	for name, variables := range map[string]object{
		"a wrong password":             credentials(p.Admin.Email, "Wrong-Horse-1"),
		"another case":                 credentials(p.Operator.Email, strings.ToUpper(testdb.Password)),
		"a space behind the password":  credentials(p.OtherAdmin.Email, testdb.Password+" "),
		"an unknown e-mail":            credentials("nobody@example.com", testdb.Password),
		"an inactive user":             credentials(inactive.Email, testdb.Password),
		"an inactive company":          credentials(ofClosed.Email, testdb.Password),
		"a hash that cannot be read":   credentials(unreadable.Email, "not a hash"),
		"the company's own e-mail":     credentials(p.Company.Email, testdb.Password),
		"a pattern that fits everyone": credentials("%@%", testdb.Password),
	} {
		wantRefusal(t, s, "", loginMutation, variables, "INVALID_CREDENTIALS")
		body := s.Query(t, "", `mutation($input: LoginInput!) { login(input: $input) {
			token user { id } userErrors { code field message } } }`, variables).Body
		bodies[body] = append(bodies[body], name)
	}
	if len(bodies) != 1 {
		t.Errorf("different answers: %q", bodies)
	}
}

func TestLoginWorksWithATokenThatDoesNot(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	deleted := testdb.User(t, s.Pool, testdb.UserRow{CompanyID: p.Company.ID})
	execute(t, s, "delete from usuarios where id = $1", deleted.ID)
	for name, token := range map[string]string{
		"expired":           sign(t, with(claimsOf(p.Admin), "exp", time.Now().Unix()-1)),
		"garbage":           "not.a.token",
		"of a deleted user": s.Token(t, deleted),
		"of someone else":   s.Token(t, p.OtherAdmin),
	} {
		payload := mustMutate(t, s, token, loginMutation, credentials(p.Admin.Email, testdb.Password))
		if payload.Token == nil {
			t.Errorf("%s: no token", name)
			continue
		}
		wantJSON(t, me(t, s, *payload.Token, "{ id }"), fmt.Sprintf(`{"id": %q}`, p.Admin.ID))
	}
}

// An attempt that overtakes another one on its way is no failure.
func TestThoseWhoSignInRightlyAtTheSameTimeNeedNotWait(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	for range 25 {
		var group sync.WaitGroup
		for range 2 {
			group.Go(func() { mustMutate(t, s, "", loginMutation, credentials(p.Admin.Email, testdb.Password)) })
		}
		group.Wait()
	}
}
