package isolation_test

import (
	"fmt"
	"net/http"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

// scene is what a request is made of.
type scene struct {
	own  *tenant
	self *testdb.UserRow // with the password of now
	// seen is of any company, perhaps not the own.
	seen   *seen
	number int // 0 to 200
}

// request is one of the things that a user can do.
type request struct {
	name, method, path string
	// query is a GraphQL document; without it this is a request of the REST API.
	query string
	// fields makes the document's variables or the body; nil for none.
	fields func(s scene) map[string]any
	// version is what can be given as expectedVersion, the document's variable
	// v; nil for nothing.
	version func(seen *seen) string
	// newPassword finds the user's new password in the fields.
	newPassword func(fields map[string]any) string
	// anyToken sends the token of any user of any company, or none that is valid:
	// the request does not depend on it.
	anyToken bool
}

func graphql(name, query string, fields func(s scene) map[string]any) request {
	return request{name: name, method: http.MethodPost, path: "/graphql", query: query, fields: fields}
}

func rest(method, path string, fields func(s scene) map[string]any) request {
	return request{name: method + " " + path, method: method, path: path, fields: fields}
}

func (q request) expecting(version func(seen *seen) string) request {
	q.version = version
	return q
}

func (q request) setting(password string) request {
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

func ofPMS(seen *seen) string     { return seen.pms }
func ofAI(seen *seen) string      { return seen.ai }
func ofColumns(seen *seen) string { return seen.columns }
func ofLate(seen *seen) string    { return seen.late }

// text is different from one number to the next.
func (s scene) text() string { return fmt.Sprint(s.own.mark(), "-", s.number) }

func (s scene) newPassword() string { return fmt.Sprint("Other-Horse-", s.number) }

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
		token user {` + ofUser + ` } userErrors { code } } }`
	login = `mutation($e: EmailAddress!, $p: Password!) { login(input: {email: $e, password: $p}) {
		token user {` + ofUser + ` } userErrors { code } } }`
)
