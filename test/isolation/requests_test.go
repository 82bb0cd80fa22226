package isolation_test

import (
	"fmt"
	"net/http"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

// requestInput is the input from which a request is built.
type requestInput struct {
	own  *tenant
	self *testdb.UserRow // with the current password
	// seen is the data of any company.
	seen   *seen
	number int // 0 to 200
}

// request is a kind of request.
type request struct {
	name, method, path string
	// query is a GraphQL document, empty for a REST request.
	query string
	// fields returns the variables or the body; nil for none.
	fields func(s requestInput) map[string]any
	// version returns the value of expectedVersion, the variable v; nil for none.
	version func(seen *seen) string
	// newPassword returns the user's new password from the fields.
	newPassword func(fields map[string]any) string
	// anyToken sends a token of any user of any company, or an invalid token: the
	// request does not depend on it.
	anyToken bool
}

func graphql(name, query string, fields func(s requestInput) map[string]any) request {
	return request{name: name, method: http.MethodPost, path: "/graphql", query: query, fields: fields}
}

func rest(method, path string, fields func(s requestInput) map[string]any) request {
	return request{name: method + " " + path, method: method, path: path, fields: fields}
}

func (q request) withVersion(version func(seen *seen) string) request {
	q.version = version
	return q
}

func (q request) settingPassword(password string) request {
	q.newPassword = func(fields map[string]any) string { return fields[password].(string) }
	return q
}

func (q request) withAnyToken() request {
	q.anyToken = true
	return q
}

func (q request) named(name string) request {
	q.name = name
	return q
}

func pmsVersion(seen *seen) string     { return seen.pms }
func aiVersion(seen *seen) string      { return seen.ai }
func columnsVersion(seen *seen) string { return seen.columns }
func lateVersion(seen *seen) string    { return seen.late }

// text returns a text that depends on the number.
func (s requestInput) text() string { return fmt.Sprint(s.own.mark(), "-", s.number) }

func (s requestInput) newPassword() string { return fmt.Sprint("Other-Horse-", s.number) }

const (
	wrongPassword = "Wrong-Horse-1"

	everything = `id name
		integrations { pms { provider updatedBy keyFingerprint version } ai { provider model updatedBy version } google { configured } }
		apartmentColumns { externalId version } lateCheckIn { cutoff columns { phone } version }`
	auditPage = `query($n: Int!, $after: String, $kinds: [AuditKind!]) { me { company { auditLog(first: $n, after: $after, kinds: $kinds) {
		edges { cursor node { id kind at actor address requestId changes { field old new } } } pageInfo { hasNextPage endCursor } } } } }`
)

var (
	changePassword = `mutation($old: Password!, $new: NewPassword!) { changePassword(input: {currentPassword: $old, newPassword: $new}) {
		token user {` + userFields + ` } userErrors { code } } }`
	login = `mutation($e: EmailAddress!, $p: Password!) { login(input: {email: $e, password: $p}) {
		token user {` + userFields + ` } userErrors { code } } }`
)

// requests are all operations of both APIs.
var requests = []request{
	graphql("me", `{ me {`+userFields+` } }`, nil),
	graphql("an audit page after any company's entry", auditPage, func(s requestInput) map[string]any {
		page := map[string]any{"n": 1 + s.number%100}
		if len(s.seen.cursors) > 0 {
			page["after"] = s.seen.cursors[s.number%len(s.seen.cursors)]
		}
		return page
	}),
	graphql("an audit page of one kind", auditPage, func(s requestInput) map[string]any {
		return map[string]any{"n": 100, "kinds": []string{"PMS_INTEGRATION_SET", "SIGN_IN_REFUSED"}[s.number%2]}
	}),
	graphql("set PMS", `mutation($k: ApiKey!, $v: String) { setPmsIntegration(input: {provider: SMOOBU, apiKey: $k, expectedVersion: $v}) { company { `+everything+` } userErrors { code } } }`,
		func(s requestInput) map[string]any { return map[string]any{"k": s.text()} }).withVersion(pmsVersion),
	graphql("remove PMS", `mutation { removePmsIntegration { company { `+everything+` } } }`, nil),
	graphql("set AI", `mutation($m: ModelName, $k: ApiKey, $v: String) { setAiIntegration(input: {provider: OPENAI, model: $m, apiKey: $k, expectedVersion: $v}) { company { `+everything+` } userErrors { code } } }`,
		func(s requestInput) map[string]any { return map[string]any{"m": s.text(), "k": s.own.mark()} }).withVersion(aiVersion),
	graphql("remove AI", `mutation { removeAiIntegration { company { `+everything+` } } }`, nil),
	graphql("save columns", `mutation($n: ColumnIndex!, $v: String) { saveApartmentColumns(input: {externalId: $n, name: 1, expectedVersion: $v}) { company { `+everything+` } userErrors { code } } }`,
		func(s requestInput) map[string]any { return map[string]any{"n": s.own.column(s.number)} }).withVersion(columnsVersion),
	graphql("save late check-in", `mutation($t: LocalTime!, $v: String) { saveLateCheckInConfig(input: {cutoff: $t, expectedVersion: $v}) { company { `+everything+` } userErrors { code } } }`,
		func(s requestInput) map[string]any { return map[string]any{"t": s.own.cutoff(s.number)} }).withVersion(lateVersion),
	graphql("change the password", changePassword, func(s requestInput) map[string]any {
		return map[string]any{"old": s.self.Password, "new": s.newPassword()}
	}).settingPassword("new"),
	graphql("change the password, refused", changePassword, func(s requestInput) map[string]any {
		return map[string]any{"old": wrongPassword, "new": s.newPassword()}
	}),
	graphql("sign in", login, func(s requestInput) map[string]any { return map[string]any{"e": s.self.Email, "p": s.self.Password} }).withAnyToken(),
	graphql("sign in, refused", login, func(s requestInput) map[string]any { return map[string]any{"e": s.self.Email, "p": wrongPassword} }).withAnyToken(),

	rest(http.MethodGet, "/api/perfil", nil),
	rest(http.MethodPut, "/api/perfil/password", func(s requestInput) map[string]any {
		return map[string]any{"password_actual": s.self.Password, "password_nueva": s.newPassword(), "password_confirm": s.newPassword()}
	}).settingPassword("password_nueva"),
	rest(http.MethodPut, "/api/perfil/password", func(s requestInput) map[string]any {
		return map[string]any{"password_actual": wrongPassword, "password_nueva": s.newPassword()}
	}).named("PUT /api/perfil/password, refused"),
	rest(http.MethodGet, "/api/perfil/integraciones", nil),
	rest(http.MethodPut, "/api/perfil/integraciones/pms", func(s requestInput) map[string]any {
		return map[string]any{"proveedor": "hostaway", "api_key": s.text()}
	}),
	rest(http.MethodDelete, "/api/perfil/integraciones/pms", nil),
	rest(http.MethodPut, "/api/perfil/integraciones/ia", func(s requestInput) map[string]any {
		return map[string]any{"proveedor": "claude", "modelo": s.text(), "api_key": s.own.mark()}
	}),
	rest(http.MethodDelete, "/api/perfil/integraciones/ia", nil),
	rest(http.MethodGet, "/api/perfil/xlsx-apartamentos", nil),
	rest(http.MethodPut, "/api/perfil/xlsx-apartamentos", func(s requestInput) map[string]any {
		return map[string]any{"col_id_externo": s.own.column(s.number), "col_nombre": 2}
	}),
	rest(http.MethodGet, "/api/perfil/notificaciones-tardio-config", nil),
	rest(http.MethodPut, "/api/perfil/notificaciones-tardio-config", func(s requestInput) map[string]any {
		return map[string]any{"hora_corte": s.own.cutoff(s.number), "col_telefono": "AB"}
	}),
	rest(http.MethodPost, "/api/auth/login", func(s requestInput) map[string]any {
		return map[string]any{"email": s.self.Email, "password": s.self.Password}
	}).withAnyToken(),
	rest(http.MethodPost, "/api/auth/login", func(s requestInput) map[string]any {
		return map[string]any{"email": s.self.Email, "password": wrongPassword}
	}).withAnyToken().named("POST /api/auth/login, refused"),
}
