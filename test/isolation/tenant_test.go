package isolation_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// tenant is a company with its users.
type tenant struct {
	// index is 0, 1 or 2. The values that a company stores depend on it, so that
	// all companies store different values.
	index   int
	company testdb.CompanyRow
	users   []*testdb.UserRow // the first one is an administrator
	seen    *seen             // nil when it is out of date
}

// seen is data that an administrator reads and that other companies could send.
type seen struct {
	pms, ai, columns, late string   // versions
	cursors                []string // of the audit log
}

// makeTenants inserts companies and their users. hash is the hash of
// testdb.Password, which is slow to compute.
func makeTenants(t *testing.T, r *rapid.T, server *testserver.Server, hash string) []*tenant {
	tenants := make([]*tenant, rapid.IntRange(2, 3).Draw(r, "companies"))
	for i := range tenants {
		c := testdb.Company(t, server.Pool, testdb.CompanyRow{})
		tenants[i] = &tenant{index: i, company: c}
		for _, role := range []string{"admin", "admin", "operativo"} {
			user := testdb.User(t, server.Pool, testdb.UserRow{CompanyID: c.ID, Role: role, PasswordHash: hash})
			tenants[i].users = append(tenants[i].users, &user)
		}
		tenants[i].fill(t, server)
	}
	return tenants
}

// fill stores one value of each kind.
func (c *tenant) fill(t *testing.T, server *testserver.Server) {
	t.Helper()
	server.MustQuery(t, server.Token(t, *c.users[0]), `mutation($k: ApiKey!, $m: ModelName!, $n: ColumnIndex!, $t: LocalTime!) {
		setPmsIntegration(input: {provider: BEDS24, apiKey: $k}) { userErrors { code } }
		setAiIntegration(input: {provider: GEMINI, apiKey: $k, model: $m}) { userErrors { code } }
		saveApartmentColumns(input: {externalId: $n, name: 3}) { userErrors { code } }
		saveLateCheckInConfig(input: {cutoff: $t}) { userErrors { code } }
	}`, map[string]any{"k": c.mark(), "m": c.mark(), "n": c.column(0), "t": c.cutoff(0)}, nil)
}

// mark returns a text that the company's administrators store.
func (c *tenant) mark() string { return "mark-" + c.company.ID.String()[:13] }

// column and cutoff return values that only this company stores.
func (c *tenant) column(n int) int    { return 60*c.index + n%60 }
func (c *tenant) cutoff(n int) string { return fmt.Sprintf("2%d:%02d", n%4, 20*c.index+n%20) }

// look updates seen as the administrator of the company.
func (c *tenant) look(t *testing.T, server *testserver.Server) {
	if c.seen != nil {
		return
	}
	token := server.Token(t, *c.users[0])
	type version struct{ Version string }
	var data struct {
		Me struct {
			Company struct {
				Integrations     struct{ Pms, Ai version }
				ApartmentColumns version
				LateCheckIn      version
				AuditLog         struct{ Edges []struct{ Cursor string } }
			}
		}
	}
	server.MustQuery(t, token, `{ me { company { integrations { pms { version } ai { version } } apartmentColumns { version }
		lateCheckIn { version } auditLog(first: 50) { edges { cursor } } } } }`, nil, &data)
	shown := data.Me.Company
	c.seen = &seen{
		pms: shown.Integrations.Pms.Version, ai: shown.Integrations.Ai.Version,
		columns: shown.ApartmentColumns.Version, late: shown.LateCheckIn.Version,
	}
	for _, edge := range shown.AuditLog.Edges {
		c.seen.cursors = append(c.seen.cursors, edge.Cursor)
	}
}

// marks returns texts that only users of this company may receive. The version "0",
// of absent settings, is not among them.
func (c *tenant) marks() []string {
	marks := []string{c.company.ID.String(), c.company.Name, c.mark()}
	for _, user := range c.users {
		marks = append(marks, user.ID.String(), user.Email)
	}
	for _, version := range []string{c.seen.pms, c.seen.ai, c.seen.columns, c.seen.late} {
		if version != "0" {
			marks = append(marks, version)
		}
	}
	return marks
}
