package isolation_test

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// request is a kind of request.
type request struct {
	// name is "", except in a second request of the same field or route.
	name string
	// query is a GraphQL document without fragments. A REST request has a method and
	// a path instead.
	query        string
	method, path string
	// fields returns the variables or the body; nil for none.
	fields func(in input) map[string]any
	// version is the field whose value is the variable v, "" for none.
	version string
	// newPassword is the name of the user's new password in the fields.
	newPassword string
	// anyToken sends a token of any user of any company, or an invalid token: the
	// request does not depend on it.
	anyToken bool
}

// input is the data from which a request is built.
type input struct {
	own    *tenant
	self   *testdb.UserRow // with the current password
	seen   view            // of any company
	number int             // 0 to 200
}

// text returns a text that depends on the number.
func (in input) text() string { return fmt.Sprint(in.own.mark(), "-", in.number) }

func (in input) password() string { return fmt.Sprint("Other-Horse-", in.number) }

const wrongPassword = "Wrong-Horse-1"

var (
	everything     = `{ me {` + testserver.AllFields("User") + `} }`
	auditPage      = `query($n: Int!, $after: String, $kinds: [AuditKind!]) { me { company { auditLog(first: $n, after: $after, kinds: $kinds) {` + testserver.AllFields("AuditConnection") + `} } } }`
	changePassword = `mutation($old: Password!, $new: NewPassword!) { changePassword(input: {currentPassword: $old, newPassword: $new}) {` + testserver.AllFields("ChangePasswordPayload") + `} }`
	login          = `mutation($e: EmailAddress!, $p: Password!) { login(input: {email: $e, password: $p}) {` + testserver.AllFields("LoginPayload") + `} }`
)

// requests has every field of the schema and every route. A request that removes
// data is before the one that stores it.
var requests = []request{
	{query: everything},
	{name: "an audit page after any company's entry", query: auditPage, fields: func(in input) map[string]any {
		page := map[string]any{"n": 1 + in.number%100}
		if cursors := in.seen["AuditEdge.cursor"]; len(cursors) > 0 {
			page["after"] = strings.Trim(cursors[in.number%len(cursors)], `"`)
		}
		return page
	}},
	{name: "an audit page of one kind", query: auditPage, fields: func(in input) map[string]any {
		return map[string]any{"n": 100, "kinds": []string{"PMS_INTEGRATION_SET", "SIGN_IN_REFUSED"}[in.number%2]}
	}},
	{query: `mutation { removePmsIntegration {` + testserver.AllFields("RemovePmsIntegrationPayload") + `} }`},
	{
		query:   `mutation($k: ApiKey!, $v: String) { setPmsIntegration(input: {provider: SMOOBU, apiKey: $k, verify: true, expectedVersion: $v}) {` + testserver.AllFields("SetPmsIntegrationPayload") + `} }`,
		fields:  func(in input) map[string]any { return map[string]any{"k": in.text()} },
		version: "PmsIntegration.version",
	},
	{
		query:  `mutation($k: ApiKey!) { testPmsIntegration(input: {provider: SMOOBU, apiKey: $k}) {` + testserver.AllFields("TestPmsIntegrationPayload") + `} }`,
		fields: func(in input) map[string]any { return map[string]any{"k": in.text()} },
	},
	{query: `mutation { removeAiIntegration {` + testserver.AllFields("RemoveAiIntegrationPayload") + `} }`},
	{
		query:   `mutation($m: ModelName, $k: ApiKey, $v: String) { setAiIntegration(input: {provider: OPENAI, model: $m, apiKey: $k, expectedVersion: $v}) {` + testserver.AllFields("SetAiIntegrationPayload") + `} }`,
		fields:  func(in input) map[string]any { return map[string]any{"m": in.text(), "k": in.own.mark()} },
		version: "AiIntegration.version",
	},
	{
		query:  `mutation($k: ApiKey!, $m: ModelName) { testAiIntegration(input: {provider: OPENAI, apiKey: $k, model: $m}) {` + testserver.AllFields("TestAiIntegrationPayload") + `} }`,
		fields: func(in input) map[string]any { return map[string]any{"k": in.text(), "m": in.text()} },
	},
	{
		query:   `mutation($n: ColumnIndex!, $v: String) { saveApartmentColumns(input: {externalId: $n, name: 1, expectedVersion: $v}) {` + testserver.AllFields("SaveApartmentColumnsPayload") + `} }`,
		fields:  func(in input) map[string]any { return map[string]any{"n": in.own.column(in.number)} },
		version: "ApartmentColumns.version",
	},
	{
		query: `mutation($t: LocalTime!, $c: ColumnLetters, $v: String) { saveLateCheckInConfig(input: {cutoff: $t, columns: {phone: $c}, expectedVersion: $v}) {` + testserver.AllFields("SaveLateCheckInConfigPayload") + `} }`,
		fields: func(in input) map[string]any {
			return map[string]any{"t": in.own.cutoff(in.number), "c": in.own.letters(in.number)}
		},
		version: "LateCheckInConfig.version",
	},
	{query: changePassword, newPassword: "new", fields: func(in input) map[string]any {
		return map[string]any{"old": in.self.Password, "new": in.password()}
	}},
	{name: "changePassword, refused", query: changePassword, fields: func(in input) map[string]any {
		return map[string]any{"old": wrongPassword, "new": in.password()}
	}},
	{query: login, anyToken: true, fields: func(in input) map[string]any { return map[string]any{"e": in.self.Email, "p": in.self.Password} }},
	{name: "login, refused", query: login, anyToken: true, fields: func(in input) map[string]any {
		return map[string]any{"e": in.self.Email, "p": wrongPassword}
	}},

	{method: http.MethodGet, path: "/api/perfil"},
	{method: http.MethodPut, path: "/api/perfil/password", newPassword: "password_nueva", fields: func(in input) map[string]any {
		return map[string]any{"password_actual": in.self.Password, "password_nueva": in.password(), "password_confirm": in.password()}
	}},
	{name: "password, refused", method: http.MethodPut, path: "/api/perfil/password", fields: func(in input) map[string]any {
		return map[string]any{"password_actual": wrongPassword, "password_nueva": in.password()}
	}},
	{method: http.MethodGet, path: "/api/perfil/integraciones"},
	{method: http.MethodDelete, path: "/api/perfil/integraciones/pms"},
	{method: http.MethodPut, path: "/api/perfil/integraciones/pms", fields: func(in input) map[string]any {
		return map[string]any{"proveedor": "hostaway", "api_key": in.text()}
	}},
	{method: http.MethodDelete, path: "/api/perfil/integraciones/ia"},
	{method: http.MethodPut, path: "/api/perfil/integraciones/ia", fields: func(in input) map[string]any {
		return map[string]any{"proveedor": "claude", "modelo": in.text(), "api_key": in.own.mark()}
	}},
	{method: http.MethodGet, path: "/api/perfil/xlsx-apartamentos"},
	{method: http.MethodPut, path: "/api/perfil/xlsx-apartamentos", fields: func(in input) map[string]any {
		return map[string]any{"col_id_externo": in.own.column(in.number), "col_nombre": 2}
	}},
	{method: http.MethodGet, path: "/api/perfil/notificaciones-tardio-config"},
	{method: http.MethodPut, path: "/api/perfil/notificaciones-tardio-config", fields: func(in input) map[string]any {
		return map[string]any{"hora_corte": in.own.cutoff(in.number), "col_telefono": in.own.letters(in.number)}
	}},
	// The routes above replace the keys, so the last checks come after them.
	{
		name:   "setPmsIntegration with a secret",
		query:  `mutation($k: ApiKey!) { setPmsIntegration(input: {provider: SMOOBU, apiKey: $k, apiSecret: $k}) { userErrors { code } } }`,
		fields: func(in input) map[string]any { return map[string]any{"k": in.text()} },
	},
	{
		name:   "setPmsIntegration with an account id",
		query:  `mutation($k: ApiKey!, $a: AccountId) { setPmsIntegration(input: {provider: HOSTAWAY, apiKey: $k, accountId: $a}) { userErrors { code } } }`,
		fields: func(in input) map[string]any { return map[string]any{"k": in.text(), "a": in.text()} },
	},
	{
		name:   "setPmsIntegration without a check",
		query:  `mutation($k: ApiKey!) { setPmsIntegration(input: {provider: SMOOBU, apiKey: $k}) { userErrors { code } } }`,
		fields: func(in input) map[string]any { return map[string]any{"k": in.text()} },
	},
	{
		name:   "setAiIntegration without a check",
		query:  `mutation($k: ApiKey!) { setAiIntegration(input: {provider: OPENAI, apiKey: $k}) { userErrors { code } } }`,
		fields: func(in input) map[string]any { return map[string]any{"k": in.text()} },
	},
	{name: "a check of the stored PMS", query: `mutation { testPmsIntegration {` + testserver.AllFields("TestPmsIntegrationPayload") + `} }`},
	{name: "a check of the stored AI", query: `mutation { testAiIntegration {` + testserver.AllFields("TestAiIntegrationPayload") + `} }`},
	{method: http.MethodPost, path: "/api/auth/login", anyToken: true, fields: func(in input) map[string]any {
		return map[string]any{"email": in.self.Email, "password": in.self.Password}
	}},
	{name: "sign-in, refused", method: http.MethodPost, path: "/api/auth/login", anyToken: true, fields: func(in input) map[string]any {
		return map[string]any{"email": in.self.Email, "password": wrongPassword}
	}},
}

// withoutData are the routes that respond to everybody with the same data.
// /graphql is in the catalogue by its fields.
var withoutData = []string{
	"/", "/healthz", "/readyz", "/schema.graphqls", "/playground", "/playground/*", "/api/health", "/api/csrf-token", "/graphql",
}

func (q request) String() string {
	if q.query == "" {
		return cmp.Or(q.name, q.method+" "+q.path)
	}
	return cmp.Or(q.name, q.operation().SelectionSet[0].(*ast.Field).Name)
}

// operation returns the operation of a GraphQL request.
func (q request) operation() *ast.OperationDefinition {
	doc, errs := gqlparser.LoadQueryWithRules(graph.Schema(), q.query, rules.NewDefaultRules())
	if len(errs) > 0 {
		panic(fmt.Sprint(errs, q.query))
	}
	return doc.Operations[0]
}

// reads reports whether the request changes nothing.
func (q request) reads() bool {
	return q.method == http.MethodGet || q.query != "" && q.operation().Operation == ast.Query
}

// names returns the route or the fields of the request, such as "Query.me".
func (q request) names() (names []string) {
	if q.query == "" {
		return []string{q.method + " " + q.path}
	}
	for _, field := range q.selected() {
		names = append(names, field.ObjectDefinition.Name+"."+field.Name)
	}
	return names
}

// selected returns the fields of a GraphQL request.
func (q request) selected() (fields []*ast.Field) {
	var add func(ast.SelectionSet)
	add = func(set ast.SelectionSet) {
		for _, selection := range set {
			field := selection.(*ast.Field)
			fields = append(fields, field)
			add(field.SelectionSet)
		}
	}
	if q.query != "" {
		add(q.operation().SelectionSet)
	}
	return fields
}

func TestCatalogueHasEveryFieldAndRoute(t *testing.T) {
	t.Parallel()
	has := make(map[string]bool)
	for _, q := range requests {
		for _, name := range q.names() {
			has[name] = true
		}
		for _, field := range q.selected() {
			if field.Arguments.ForName("after") != nil {
				has[field.ObjectDefinition.Name+"."+field.Name+"(after)"] = true
			}
		}
	}
	for _, object := range graph.Schema().Types {
		for _, field := range object.Fields {
			introspection := strings.HasPrefix(object.Name, "__") || strings.HasPrefix(field.Name, "__")
			if name := object.Name + "." + field.Name; object.Kind == ast.Object && !introspection && !has[name] {
				t.Errorf("no request selects %s", name)
			}
			if name := object.Name + "." + field.Name; field.Arguments.ForName("after") != nil && !has[name+"(after)"] {
				t.Errorf("no request sends after to %s: add one with a cursor of any company", name)
			}
		}
	}
	server := testserver.New(t, testdb.Own)
	err := chi.Walk(server.Config.Handler.(chi.Routes), func(method, path string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if name := method + " " + path; !slices.Contains(withoutData, path) && !has[name] {
			t.Errorf("no request has the route %s", name)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
