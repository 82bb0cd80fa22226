package isolation_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

type object = map[string]any

// request is a kind of request.
type request struct {
	// name is "", except in a second request of the same field or route. A request whose
	// name ends with "refused" must fail.
	name string
	// query is a GraphQL document without fragments, or route a route of the REST API,
	// such as "GET /api/perfil".
	query, route string
	// fields returns the variables of a query, the input of a mutation, or the body; nil
	// for none.
	fields func(in input) object
	// version is the field whose value is the version that a conditional request
	// expects, "" for none.
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

func (in input) freshPassword() string { return fmt.Sprint("Other-Horse-", in.number) }

const wrongPassword = "Wrong-Horse-1"

// mutation returns a document that selects a field of Mutation and everything below it.
func mutation(name string) string {
	field := graph.Schema().Mutation.Fields.ForName(name)
	selection := "{" + testserver.AllFields(field.Type.Name()) + "}"
	if len(field.Arguments) == 0 {
		return "mutation { " + name + selection + " }"
	}
	return fmt.Sprintf("mutation($input: %s) { %s(input: $input) %s }", field.Arguments[0].Type, name, selection)
}

var (
	everything = `{ me {` + testserver.AllFields("User") + `} }`
	auditPage  = `query($n: Int!, $after: String, $kinds: [AuditKind!]) { me { company { auditLog(first: $n, after: $after, kinds: $kinds) {` + testserver.AllFields("AuditConnection") + `} } } }`
	login      = mutation("login")
)

// requests has every field of the schema and every route. A request that removes
// data is before the one that stores it.
var requests = []request{
	{query: everything},
	{name: "an audit page after any company's entry", query: auditPage, fields: func(in input) object {
		page := object{"n": 1 + in.number%100}
		if cursors := in.seen["AuditEdge.cursor"]; len(cursors) > 0 {
			page["after"] = strings.Trim(cursors[in.number%len(cursors)], `"`)
		}
		return page
	}},
	{name: "an audit page of one kind", query: auditPage, fields: func(in input) object {
		return object{"n": 100, "kinds": []string{"PMS_INTEGRATION_SET", "SIGN_IN_REFUSED"}[in.number%2]}
	}},
	{query: mutation("removePmsIntegration")},
	{query: mutation("setPmsIntegration"), version: "PmsIntegration.version", fields: func(in input) object {
		return object{"provider": "SMOOBU", "apiKey": in.text(), "verify": true}
	}},
	{query: mutation("testPmsIntegration"), fields: func(in input) object { return object{"provider": "SMOOBU", "apiKey": in.text()} }},
	{query: mutation("removeAiIntegration")},
	{query: mutation("setAiIntegration"), version: "AiIntegration.version", fields: func(in input) object {
		return object{"provider": "OPENAI", "model": in.text(), "apiKey": in.own.mark()}
	}},
	{query: mutation("testAiIntegration"), fields: func(in input) object {
		return object{"provider": "OPENAI", "apiKey": in.text(), "model": in.text()}
	}},
	{query: mutation("saveApartmentColumns"), version: "ApartmentColumns.version", fields: func(in input) object {
		return object{"externalId": in.own.column(in.number), "name": 1}
	}},
	{query: mutation("saveLateCheckInConfig"), version: "LateCheckInConfig.version", fields: func(in input) object {
		return object{"cutoff": in.own.cutoff(in.number), "columns": object{"phone": in.own.letters(in.number)}}
	}},
	{query: mutation("changePassword"), newPassword: "newPassword", fields: func(in input) object {
		return object{"currentPassword": in.self.Password, "newPassword": in.freshPassword()}
	}},
	{name: "changePassword, refused", query: mutation("changePassword"), fields: func(in input) object {
		return object{"currentPassword": wrongPassword, "newPassword": in.freshPassword()}
	}},
	{query: login, anyToken: true, fields: func(in input) object { return object{"email": in.self.Email, "password": in.self.Password} }},
	{name: "login, refused", query: login, anyToken: true, fields: func(in input) object {
		return object{"email": in.self.Email, "password": wrongPassword}
	}},

	{route: "GET /api/perfil"},
	{route: "PUT /api/perfil/password", newPassword: "password_nueva", fields: func(in input) object {
		return object{"password_actual": in.self.Password, "password_nueva": in.freshPassword(), "password_confirm": in.freshPassword()}
	}},
	{name: "password, refused", route: "PUT /api/perfil/password", fields: func(in input) object {
		return object{"password_actual": wrongPassword, "password_nueva": in.freshPassword()}
	}},
	{route: "GET /api/perfil/integraciones"},
	{route: "DELETE /api/perfil/integraciones/pms"},
	{route: "PUT /api/perfil/integraciones/pms", fields: func(in input) object { return object{"proveedor": "hostaway", "api_key": in.text()} }},
	{route: "DELETE /api/perfil/integraciones/ia"},
	{route: "PUT /api/perfil/integraciones/ia", fields: func(in input) object {
		return object{"proveedor": "claude", "modelo": in.text(), "api_key": in.own.mark()}
	}},
	{route: "GET /api/perfil/xlsx-apartamentos"},
	{route: "PUT /api/perfil/xlsx-apartamentos", fields: func(in input) object {
		return object{"col_id_externo": in.own.column(in.number), "col_nombre": 2}
	}},
	{route: "GET /api/perfil/notificaciones-tardio-config"},
	{route: "PUT /api/perfil/notificaciones-tardio-config", fields: func(in input) object {
		return object{"hora_corte": in.own.cutoff(in.number), "col_telefono": in.own.letters(in.number)}
	}},
	// The routes above replace the keys, so the last checks come after them.
	{name: "setPmsIntegration with a secret", query: mutation("setPmsIntegration"), fields: func(in input) object {
		return object{"provider": "SMOOBU", "apiKey": in.text(), "apiSecret": in.text()}
	}},
	{name: "setPmsIntegration with an account id", query: mutation("setPmsIntegration"), fields: func(in input) object {
		return object{"provider": "HOSTAWAY", "apiKey": in.text(), "accountId": in.text()}
	}},
	{name: "setPmsIntegration without a check", query: mutation("setPmsIntegration"), fields: func(in input) object {
		return object{"provider": "SMOOBU", "apiKey": in.text()}
	}},
	{name: "setAiIntegration without a check", query: mutation("setAiIntegration"), fields: func(in input) object {
		return object{"provider": "OPENAI", "apiKey": in.text()}
	}},
	{name: "a check of the stored PMS", query: mutation("testPmsIntegration")},
	{name: "a check of the stored AI", query: mutation("testAiIntegration")},
	{route: "POST /api/auth/login", anyToken: true, fields: func(in input) object {
		return object{"email": in.self.Email, "password": in.self.Password}
	}},
	{name: "sign-in, refused", route: "POST /api/auth/login", anyToken: true, fields: func(in input) object {
		return object{"email": in.self.Email, "password": wrongPassword}
	}},
}

// withoutData are the routes that respond to everybody with the same data.
// /graphql is in the catalogue by its fields.
var withoutData = []string{
	"/", "/healthz", "/readyz", "/schema.graphqls", "/playground", "/playground/*", "/api/health", "/api/csrf-token", "/graphql",
}

func (q request) String() string {
	if q.query == "" {
		return cmp.Or(q.name, q.route)
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
	return strings.HasPrefix(q.route, "GET ") || q.query != "" && q.operation().Operation == ast.Query
}

// names returns the route or the fields of the request, such as "Query.me", and
// "Company.auditLog(after)" for one with that argument.
func (q request) names() (names []string) {
	if q.query == "" {
		return []string{q.route}
	}
	var add func(ast.SelectionSet)
	add = func(set ast.SelectionSet) {
		for _, selection := range set {
			field := selection.(*ast.Field)
			name := nameOf(field.Definition, field.ObjectDefinition)
			names = append(names, name)
			if field.Arguments.ForName("after") != nil {
				names = append(names, name+"(after)")
			}
			add(field.SelectionSet)
		}
	}
	add(q.operation().SelectionSet)
	return names
}

// nameOf returns the name of a field such as "Company.auditLog".
func nameOf(field *ast.FieldDefinition, of *ast.Definition) string { return of.Name + "." + field.Name }

func TestCatalogueHasEveryFieldAndRoute(t *testing.T) {
	t.Parallel()
	has := make(map[string]bool)
	for _, q := range requests {
		for _, name := range q.names() {
			has[name] = true
		}
	}
	for field, object := range testserver.Fields() {
		name := nameOf(field, object)
		if !has[name] {
			t.Errorf("no request selects %s", name)
		}
		if field.Arguments.ForName("after") != nil && !has[name+"(after)"] {
			t.Errorf("no request sends after to %s: add one with a cursor of any company", name)
		}
	}
	for _, route := range testserver.New(t, testdb.Own).Routes(t) {
		if name := route[0] + " " + route[1]; !slices.Contains(withoutData, route[1]) && !has[name] {
			t.Errorf("no request has the route %s", name)
		}
	}
}
