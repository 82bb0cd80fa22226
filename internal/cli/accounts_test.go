package cli_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// printedPassword returns the temporary password in the output of a command.
func printedPassword(t *testing.T, out string) string {
	t.Helper()
	found := regexp.MustCompile(`the user must change it: (\S+)\n`).FindAllStringSubmatch(out, -1)
	if len(found) != 1 || strings.Count(out, found[0][1]) != 1 {
		t.Fatalf("the temporary password is not printed once: %s", out)
	}
	return found[0][1]
}

// loginData is the data of a login response.
type loginData struct {
	Login struct {
		Token string
		User  struct {
			Role               string
			MustChangePassword bool
			Company            struct{ ID, Name string }
		}
	}
}

func signIn(t *testing.T, s *testserver.Server, email, password string) loginData {
	t.Helper()
	var data loginData
	s.MustQuery(t, "", `mutation($input: LoginInput!) { login(input: $input) { token user { role mustChangePassword company { id name } } } }`,
		map[string]any{"input": map[string]any{"email": email, "password": password}}, &data)
	return data
}

func TestNewAccountsSignInAndMustChangeThePassword(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		d := testdb.New(t, shape)
		s := testserver.On(t, d.Pool)
		out := mustRun(t, production(d.URL), "create-company", "--name", " Casa Blanca ", "--admin-email", " Rick@Casa-Blanca.example ")
		created := signIn(t, s, "rick@casa-blanca.example", printedPassword(t, out)).Login.User
		if created.Role != "ADMIN" || !created.MustChangePassword || created.Company.Name != "Casa Blanca" {
			t.Errorf("got %+v", created)
		}
		if want := "company " + created.Company.ID + ": Casa Blanca\naccount rick@casa-blanca.example\n"; !strings.HasPrefix(out, want) {
			t.Errorf("printed %q, want %q first", out, want)
		}
		for role, company := range map[string]string{"admin": created.Company.ID, "operator": created.Company.Name} {
			email := role + "@casa-blanca.example"
			out := mustRun(t, production(d.URL), "create-user", "--company", company, "--email", strings.ToUpper(email), "--role", role)
			got := signIn(t, s, email, printedPassword(t, out)).Login.User
			if got.Role != strings.ToUpper(role) || !got.MustChangePassword || got.Company != created.Company {
				t.Errorf("%s: got %+v", role, got)
			}
		}
	})
}

func TestPasswordResetRevokesEarlierTokens(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		d := testdb.New(t, shape)
		s := testserver.On(t, d.Pool)
		people := s.People(t)
		before, other := s.Token(t, people.Admin), s.Token(t, people.Operator)
		code, out, reported := 1, "", account.ErrSlowReset.Error()
		for tries := 0; tries < 10 && code != 0 && strings.Contains(reported, account.ErrSlowReset.Error()); tries++ { // a slow machine
			code, out, reported = runCommand(t, production(d.URL), "reset-password", "--email", strings.ToUpper(people.Admin.Email))
		}
		if code != 0 {
			t.Fatalf("exit code %d: %s", code, reported)
		}
		got := signIn(t, s, people.Admin.Email, printedPassword(t, out)).Login
		if got.Token == "" || !got.User.MustChangePassword {
			t.Errorf("got %+v", got)
		}
		for token, code := range map[string]string{before: "UNAUTHENTICATED", other: "", got.Token: ""} {
			if response := s.Query(t, token, "{ me { email } }", nil); response.Code() != code {
				t.Errorf("got %s, want %q", response.Body, code)
			}
		}
		if old := signIn(t, s, people.Admin.Email, testdb.Password).Login; old.Token != "" {
			t.Error("the old password still works")
		}
	})
}

func TestAccountThatCannotBeCreatedOrResetIsReported(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Alembic)
	s := production(d.URL)
	company := testdb.Company(t, d.Pool, testdb.CompanyRow{Name: "Twice"})
	testdb.Company(t, d.Pool, testdb.CompanyRow{Name: "Twice"})
	user := testdb.User(t, d.Pool, testdb.UserRow{CompanyID: company.ID})
	unchanged := snapshot(t, d.Pool)
	newUser := func(company, email string) []string {
		return []string{"create-user", "--company", company, "--email", email, "--role", "admin"}
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{newUser(company.ID.String(), user.Email), "an account with this e-mail address exists already"},
		{newUser("Nowhere", "new@example.com"), "no company has this name or id"},
		{newUser("00000000-0000-4000-8000-000000000000", "new@example.com"), "no company has this name or id"},
		{newUser("Twice", "new@example.com"), "several companies have this name: give the id instead"},
		{[]string{"create-company", "--name", "New", "--admin-email", user.Email}, "an account with this e-mail address exists already"},
		{[]string{"create-company", "--name", "New", "--admin-email", company.Email}, "a company with this e-mail address exists already"},
		{[]string{"reset-password", "--email", "nobody@example.com"}, "no account has this e-mail address"},
	} {
		if line := mustFail(t, s, c.args...); !strings.HasPrefix(line, "profile-server: "+c.want) {
			t.Errorf("%q: %s", c.args, line)
		}
		unchanged(t, strings.Join(c.args, " "))
	}
}
