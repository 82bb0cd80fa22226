package isolation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// guardedWith returns the fields of objects with a directive, such as
// "Company.auditLog".
func guardedWith(directive string) (fields []string) {
	schema := graph.Schema()
	for field, of := range testserver.Fields() {
		if of != schema.Query && of != schema.Mutation && field.Directives.ForName(directive) != nil {
			fields = append(fields, nameOf(field, of))
		}
	}
	return fields
}

func TestLoginFieldsAreAuthorisedForTheSignedInUser(t *testing.T) {
	t.Parallel()
	server := testserver.New(t, testdb.Own)
	other := server.People(t) // the owners of the sent tokens
	server.MustQuery(t, server.Token(t, other.Admin), `mutation { saveLateCheckInConfig(input: {cutoff: "21:00"}) { userErrors { code } } }`, nil, nil)
	for kind, token := range map[string]func(t *testing.T, signsIn testdb.UserRow) string{
		"no token":                   func(*testing.T, testdb.UserRow) string { return "" },
		"garbage":                    func(*testing.T, testdb.UserRow) string { return "not.a.token" },
		"an expired token":           func(t *testing.T, signsIn testdb.UserRow) string { return testserver.ExpiredToken(t, signsIn) },
		"another expired token":      func(t *testing.T, _ testdb.UserRow) string { return testserver.ExpiredToken(t, other.Admin) },
		"the own token":              func(t *testing.T, signsIn testdb.UserRow) string { return server.Token(t, signsIn) },
		"a token of another admin":   func(t *testing.T, _ testdb.UserRow) string { return server.Token(t, other.Admin) },
		"that of another's operator": func(t *testing.T, _ testdb.UserRow) string { return server.Token(t, other.Operator) },
		"an admin of the company": func(t *testing.T, signsIn testdb.UserRow) string {
			return server.Token(t, testdb.User(t, server.Pool, testdb.UserRow{CompanyID: signsIn.CompanyID}))
		},
	} {
		for _, role := range []string{"admin", "operativo"} {
			t.Run(kind+", signing in as "+role, func(t *testing.T) {
				company := testdb.Company(t, server.Pool, testdb.CompanyRow{})
				user := testdb.User(t, server.Pool, testdb.UserRow{CompanyID: company.ID, Role: role})
				before := refusals(t, server)
				response := server.Query(t, token(t, user), login, object{"input": object{"email": user.Email, "password": user.Password}})

				var refused, forbidden []string
				if role != "admin" {
					for _, field := range guardedWith("admin") {
						refused = append(refused, fmt.Sprint(company.ID, " ", user.ID, " ", field))
						forbidden = append(forbidden, "FORBIDDEN")
					}
				}
				if got := codes(response); !slices.Equal(got, forbidden) {
					t.Errorf("codes %q, want %q: %s", got, forbidden, response.Body)
				}
				slices.Sort(refused)
				if got := slices.Sorted(slices.Values(refusals(t, server)[len(before):])); !slices.Equal(got, refused) {
					t.Errorf("audit entries %q, want %q", got, refused)
				}
				if role == "admin" && !strings.Contains(response.Body, `"kind":"SIGNED_IN","actor":"`+user.Email) {
					t.Errorf("the user's own audit log is missing: %s", response.Body)
				}
				for _, foreign := range []string{other.Company.ID.String(), other.Company.Name, other.Admin.Email, other.Operator.Email} {
					if strings.Contains(response.Body, foreign) {
						t.Errorf("the response contains %q of another company: %s", foreign, response.Body)
					}
				}
			})
		}
	}
}

func codes(response *testserver.Response) (codes []string) {
	for _, e := range response.Errors {
		codes = append(codes, fmt.Sprint(e.Extensions["code"]))
	}
	return codes
}

// refusals returns the recorded refusals, oldest first: company, user and field.
func refusals(t *testing.T, server *testserver.Server) []string {
	t.Helper()
	return testdb.Values[string](t, server.Pool, `select concat_ws(' ', company_id, actor_id, changes->0->>'new')
		from profile.audit_log where kind = 'ACCESS_REFUSED' order by id`)
}
