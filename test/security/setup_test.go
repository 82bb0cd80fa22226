// Package security_test attacks the whole service over GraphQL and REST. It tests
// the claims of docs/security.md.
package security_test

import (
	"net/http"
	"net/netip"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/app"
	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

const (
	wrong       = "Wrong-Horse-1"
	newPassword = "Battery-Staple-2"
)

type object = map[string]any

// response is a response of either API.
type response struct {
	*testserver.Response
	// outcome is "" for success, otherwise the first code of the GraphQL response, or
	// the REST status with the invalid field.
	outcome string
}

// find returns what the first group of a pattern matches in the body, or "".
func (r response) find(pattern string) string {
	if match := regexp.MustCompile(pattern).FindStringSubmatch(r.Body); match != nil {
		return match[1]
	}
	return ""
}

func (r response) token() string { return r.find(`"token":"(.+?)"`) }

// want checks the outcome of a request.
func (r response) want(t testing.TB, what, outcome string) {
	t.Helper()
	if r.outcome != outcome {
		t.Errorf("%s: %q, want %q: %s", what, r.outcome, outcome, r.Body)
	}
}

// client sends requests with additional headers.
type client struct {
	t       testing.TB
	server  *testserver.Server
	headers []string // "Name: value"
}

// send sends a request; body is JSON or empty.
func (c client) send(token, method, path, body string) response {
	c.t.Helper()
	return response{Response: c.server.Send(c.t, token, method, path, body, c.headers...)}
}

func (c client) graphql(token, query string, input object) response {
	c.t.Helper()
	r := c.send(token, http.MethodPost, "/graphql", testserver.JSON(c.t, object{"query": query, "variables": object{"input": input}}))
	r.outcome = r.find(`"code":"(\w+)"`)
	return r
}

func (c client) rest(token, method, path string, input object) response {
	c.t.Helper()
	r := c.send(token, method, path, testserver.JSON(c.t, input))
	if r.Status != http.StatusOK {
		r.outcome = strings.TrimSpace(strconv.Itoa(r.Status) + " " + r.find(`"errors":\["(\w+): `))
	}
	return r
}

// api is GraphQL or REST.
type api struct {
	name           string
	signIn         func(c client, email, password string) response
	changePassword func(c client, token, current, to string) response
	// The outcomes of failed requests.
	badCredentials, rateLimited, weak, wrongPassword string
}

var graphqlAPI = api{
	name: "GraphQL",
	signIn: func(c client, email, password string) response {
		return c.graphql("", `mutation($input: LoginInput!) { login(input: $input) { token userErrors { code } } }`,
			object{"email": email, "password": password})
	},
	changePassword: func(c client, token, current, to string) response {
		return c.graphql(token, `mutation($input: ChangePasswordInput!) { changePassword(input: $input) { token userErrors { code } } }`,
			object{"currentPassword": current, "newPassword": to})
	},
	badCredentials: "INVALID_CREDENTIALS", rateLimited: "RATE_LIMITED", weak: "WEAK_PASSWORD", wrongPassword: "WRONG_PASSWORD",
}

var restAPI = api{
	name: "REST",
	signIn: func(c client, email, password string) response {
		return c.rest("", http.MethodPost, "/api/auth/login", object{"email": email, "password": password})
	},
	changePassword: func(c client, token, current, to string) response {
		return c.rest(token, http.MethodPut, "/api/perfil/password", object{"password_actual": current, "password_nueva": to})
	},
	badCredentials: "401", rateLimited: "429", weak: "422 password_nueva", wrongPassword: "422",
}

var apis = []api{graphqlAPI, restAPI}

// newClient runs the service with a clock that only tests advance.
func newClient(t *testing.T, changes ...func(*config.Config)) (client, *testtime.Clock) {
	t.Helper()
	clock := testtime.NewClock(time.Unix(1_800_000_000, 0))
	return client{t: t, server: testserver.With(t, testdb.New(t, testdb.Own).Pool, app.Options{Now: clock.Now}, changes...)}, clock
}

// behindProxy trusts the tests as a proxy.
func behindProxy(c *config.Config) {
	c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
}

// at returns a client with the given address.
func (c client) at(address string) client {
	c.headers = []string{"X-Forwarded-For: " + address}
	return c
}
