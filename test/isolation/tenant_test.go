package isolation_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"pgregory.net/rapid"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// tenant is a company with its users.
type tenant struct {
	server *testserver.Server
	// index is 0, 1 or 2. The values that a company stores depend on it, so that
	// all companies store different values.
	index   int
	company testdb.CompanyRow
	users   []*testdb.UserRow // the first one is an administrator
	seen    view              // nil when it is out of date
}

// newTenant inserts a company with users and one value of each kind.
func newTenant(t *testing.T, server *testserver.Server, index int) *tenant {
	t.Helper()
	c := &tenant{server: server, index: index, company: testdb.Company(t, server.Pool, testdb.CompanyRow{})}
	for _, role := range []string{"admin", "admin", "operativo"} {
		user := testdb.User(t, server.Pool, testdb.UserRow{CompanyID: c.company.ID, Role: role})
		c.users = append(c.users, &user)
	}
	server.MustQuery(t, server.Token(t, *c.users[0]), `mutation($k: ApiKey!, $m: ModelName!, $n: ColumnIndex!, $t: LocalTime!) {
		setPmsIntegration(input: {provider: SMOOBU, apiKey: $k, apiSecret: $k, verify: true}) { userErrors { code } }
		setAiIntegration(input: {provider: GEMINI, apiKey: $k, model: $m, verify: true}) { userErrors { code } }
		saveApartmentColumns(input: {externalId: $n, name: 3}) { userErrors { code } }
		saveLateCheckInConfig(input: {cutoff: $t}) { userErrors { code } }
	}`, object{"k": c.mark(), "m": c.mark(), "n": c.column(0), "t": c.cutoff(0)}, nil)
	if index == 0 { // no request connects Google
		testdb.Exec(t, server.Pool, `insert into integraciones_google (id, empresa_id, refresh_token_cifrado, alcance, activo, created_at, updated_at)
			values (gen_random_uuid(), $1, '', '', true, now(), now())`, c.company.ID)
	}
	return c
}

// data returns the text of all rows of the company.
func (c *tenant) data(t *testing.T) string {
	t.Helper()
	return testdb.CompanyData(t, c.server.Pool, c.company.ID)
}

// mark returns a text that the company's administrators store.
func (c *tenant) mark() string { return "mark-" + c.company.ID.String()[:13] }

// column, cutoff and letters return values that only this company stores.
func (c *tenant) column(n int) int     { return 60*c.index + n%60 }
func (c *tenant) cutoff(n int) string  { return fmt.Sprintf("2%d:%02d", n%4, 20*c.index+n%20) }
func (c *tenant) letters(n int) string { return fmt.Sprintf("%c%c", 'A'+c.index, 'A'+n%26) }

// view is data that a company's administrator reads: the JSON of each value by the
// name of its field, such as "Company.auditLog".
type view map[string][]string

// add adds the values of a selection.
func (v view) add(t *testing.T, set ast.SelectionSet, data any) {
	switch data := data.(type) {
	case []any:
		for _, element := range data {
			v.add(t, set, element)
		}
	case map[string]any:
		for _, selection := range set {
			field := selection.(*ast.Field)
			name := nameOf(field.Definition, field.ObjectDefinition)
			v[name] = append(v[name], testserver.JSON(t, data[field.Alias]))
			v.add(t, field.SelectionSet, data[field.Alias])
		}
	}
}

// addResponse adds the data of a response without errors.
func (v view) addResponse(t *testing.T, q request, body string) {
	t.Helper()
	if q.query == "" {
		v[q.route] = append(v[q.route], body)
		return
	}
	var response struct{ Data, Errors any }
	if err := json.Unmarshal([]byte(body), &response); err != nil || response.Errors != nil {
		t.Fatalf("%s: %v %s", q, err, body)
	}
	v.add(t, q.operation().SelectionSet, response.Data)
}

// look updates seen.
func (c *tenant) look(t *testing.T) {
	t.Helper()
	if c.seen == nil {
		clock.Advance(time.Second)
		c.seen = view{}
		c.seen.addResponse(t, requests[0], c.server.Query(t, c.server.Token(t, *c.users[0]), everything, nil).Body)
	}
}

// marks returns texts that only users of this company may receive. The version "0",
// of absent settings, is not among them.
func (c *tenant) marks() []string {
	marks := []string{c.company.ID.String(), c.company.Name, c.mark()}
	for _, user := range c.users {
		marks = append(marks, user.ID.String(), user.Email)
	}
	for name, values := range c.seen {
		if strings.HasSuffix(name, ".version") && !slices.Contains(values, `"0"`) {
			marks = append(marks, values...)
		}
	}
	return marks
}

// wantNoData checks that the response contains no data of another company.
func (a *attempt) wantNoData(t rapid.TB, of []*tenant) {
	t.Helper()
	for _, other := range of {
		for _, mark := range other.marks() {
			if other == a.own || !strings.Contains(a.text, mark) {
				continue
			}
			var body any
			_ = json.Unmarshal([]byte(a.response.Body), &body)
			path, _ := pathTo(strings.Trim(mark, `"`), body) // "" when the headers or a token contain it
			t.Fatalf("%s: the response to a user of %s contains %s of %s at %q: %s", a, a.own.company.Name, mark, other.company.Name, path, a.text)
		}
	}
}

// pathTo returns the path of the value in JSON that contains a text, such as
// ".data.me.email".
func pathTo(text string, value any) (path string, found bool) {
	switch value := value.(type) {
	case object:
		for name, member := range value {
			if path, found := pathTo(text, member); found {
				return "." + name + path, true
			}
		}
	case []any:
		for i, element := range value {
			if path, found := pathTo(text, element); found {
				return fmt.Sprint("[", i, "]", path), true
			}
		}
	case string:
		return "", strings.Contains(value, text)
	}
	return "", false
}
