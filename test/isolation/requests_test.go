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
