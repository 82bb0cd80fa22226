// Package isolation_test lets random users of random companies do random things
// on both edges, and holds that nothing ever crosses from one company to
// another: no effect, and no word of an answer.
package isolation_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/stay-sidekick/profile-server/internal/testdb"
	"github.com/stay-sidekick/profile-server/internal/testserver"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

// tenant is a company with its users.
type tenant struct {
	company testdb.CompanyRow
	users   []testdb.UserRow
}

// marks are what only this company's people may ever see.
func (c tenant) marks() []string {
	marks := []string{c.company.ID.String(), c.company.Name, c.mark()}
	for _, user := range c.users {
		marks = append(marks, user.ID.String(), user.Email)
	}
	return marks
}

// mark is a text that the company's administrators store.
func (c tenant) mark() string { return "mark-" + c.company.ID.String()[:13] }

// state is the text of every row that belongs to the company.
func (c tenant) state(t *rapid.T, server *testserver.Server) string {
	const all = `select concat_ws('|', e::text,
		(select string_agg(u::text, '|' order by u.id) from usuarios u where u.empresa_id = e.id),
		(select p::text from configuracion_pms p where p.empresa_id = e.id),
		(select a::text from configuracion_ia a where a.empresa_id = e.id),
		(select string_agg(l::text, '|' order by l.id) from profile.audit_log l where l.company_id = e.id),
		(select string_agg(i::text, '|' order by i.integration) from profile.integration_changes i where i.company_id = e.id))
		from empresas e where e.id = $1`
	var state string
	if err := server.Pool.QueryRow(context.Background(), all, c.company.ID).Scan(&state); err != nil {
		t.Fatal(err)
	}
	return state
}

func TestNothingCrossesFromOneCompanyToAnother(t *testing.T) {
	server := testserver.New(t, testdb.Own)
	requests, changed := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		tenants := makeTenants(t, r, server)
		for range rapid.IntRange(3, 12).Draw(r, "requests") {
			own := rapid.IntRange(0, len(tenants)-1).Draw(r, "company")
			before := states(r, server, tenants)
			answer := act(t, r, server, tenants, own)
			after := states(r, server, tenants)
			requests++
			if before[own] != after[own] {
				changed++
			}
			for i, other := range tenants {
				if i == own {
					continue
				}
				if before[i] != after[i] {
					r.Fatalf("a request of %s changed %s", tenants[own].company.Name, other.company.Name)
				}
				for _, mark := range other.marks() {
					if strings.Contains(answer, mark) {
						r.Fatalf("a user of %s was told %q: %s", tenants[own].company.Name, mark, answer)
					}
				}
			}
		}
	})
	t.Logf("figure: isolation: %d requests, %d of which changed their own company", requests, changed)
	if changed < requests/5 {
		t.Error("too few requests did anything: the test shows little")
	}
}

func makeTenants(t *testing.T, r *rapid.T, server *testserver.Server) []tenant {
	tenants := make([]tenant, rapid.IntRange(2, 3).Draw(r, "companies"))
	for i := range tenants {
		c := testdb.Company(t, server.Pool, testdb.CompanyRow{})
		tenants[i] = tenant{company: c, users: []testdb.UserRow{
			testdb.User(t, server.Pool, testdb.UserRow{CompanyID: c.ID}),
			testdb.User(t, server.Pool, testdb.UserRow{CompanyID: c.ID}),
			testdb.User(t, server.Pool, testdb.UserRow{CompanyID: c.ID, Role: "operativo"}),
		}}
	}
	return tenants
}

func states(r *rapid.T, server *testserver.Server, tenants []tenant) []string {
	all := make([]string, len(tenants))
	for i, tenant := range tenants {
		all[i] = tenant.state(r, server)
	}
	return all
}
