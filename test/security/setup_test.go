// Package security_test attacks the whole service over GraphQL and REST. It tests
// the claims of docs/security.md.
package security_test

import (
	"encoding/json"
	"net/http"
	"os"
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

	loginMutation          = `mutation($input: LoginInput!) { p: login(input: $input) { token userErrors { code field } } }`
	changePasswordMutation = `mutation($input: ChangePasswordInput!) { p: changePassword(input: $input) { token userErrors { code field } } }`
)

type object = map[string]any

// response is a response of either API.
type response struct {
	*testserver.Response
	// outcome is "" for success, otherwise the code of the GraphQL error or user
	// error, or the REST status, each followed by the invalid field.
	outcome    string
	token      string
	retryAfter int // in the body; GraphQL only
}

// api is GraphQL or REST.
type api struct {
	name           string
	signIn         func(c client, email, password string) response
	changePassword func(c client, token, current, to string) response
	// The outcomes of failed requests.
	badCredentials, rateLimited, overloaded, weak, wrongPassword string
}

// client sends requests with additional headers.
type client struct {
	t       testing.TB
	server  *testserver.Server
	headers []string // "Name: value"
}

var graphqlAPI = api{
	name: "GraphQL",
	signIn: func(c client, email, password string) response {
		return c.graphql("", loginMutation, object{"email": email, "password": password})
	},
	changePassword: func(c client, token, current, to string) response {
		return c.graphql(token, changePasswordMutation, object{"currentPassword": current, "newPassword": to})
	},
	badCredentials: "INVALID_CREDENTIALS", rateLimited: "RATE_LIMITED", overloaded: "OVERLOADED",
	weak: "WEAK_PASSWORD input.newPassword", wrongPassword: "WRONG_PASSWORD input.currentPassword",
}

var restAPI = api{
	name: "REST",
	signIn: func(c client, email, password string) response {
		return c.rest("", http.MethodPost, "/api/auth/login", object{"email": email, "password": password})
	},
	changePassword: func(c client, token, current, to string) response {
		return c.rest(token, http.MethodPut, "/api/perfil/password", object{"password_actual": current, "password_nueva": to})
	},
	badCredentials: "401", rateLimited: "429", overloaded: "503", weak: "422 password_nueva", wrongPassword: "422",
}

var apis = []api{graphqlAPI, restAPI}

// send sends a request; body is JSON or empty.
func (c client) send(token, method, path, body string) response {
	c.t.Helper()
	return response{Response: c.server.Send(c.t, token, method, path, body, c.headers...)}
}

func (c client) graphql(token, query string, input object) response {
	c.t.Helper()
	r := c.send(token, http.MethodPost, "/graphql", testserver.JSON(c.t, object{"query": query, "variables": object{"input": input}}))
	var body struct {
		Data struct {
			P struct {
				Token      string
				UserErrors []struct {
					Code  string
					Field []string
				}
			}
		}
		Errors []struct {
			Extensions struct {
				Code              string
				RetryAfterSeconds int
			}
		}
	}
	decode(c.t, r.Body, &body)
	r.token = body.Data.P.Token
	if refusals := body.Data.P.UserErrors; len(refusals) > 0 {
		r.outcome = strings.TrimSpace(refusals[0].Code + " " + strings.Join(refusals[0].Field, "."))
	}
	if len(body.Errors) > 0 {
		r.outcome, r.retryAfter = body.Errors[0].Extensions.Code, body.Errors[0].Extensions.RetryAfterSeconds
	}
	return r
}

func (c client) rest(token, method, path string, input object) response {
	c.t.Helper()
	r := c.send(token, method, path, testserver.JSON(c.t, input))
	var body struct {
		Token  string
		Errors []string
	}
	decode(c.t, r.Body, &body)
	r.token = body.Token
	if r.Status == http.StatusOK {
		return r
	}
	r.outcome = strconv.Itoa(r.Status)
	if len(body.Errors) > 0 {
		if field, _, named := strings.Cut(body.Errors[0], ": "); named {
			r.outcome += " " + field
		}
	}
	return r
}

func decode(t testing.TB, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}

// want checks the outcome of a request.
func (r response) want(t testing.TB, what, outcome string) {
	t.Helper()
	if r.outcome != outcome {
		t.Errorf("%s: %q, want %q: %s", what, r.outcome, outcome, r.Body)
	}
}

// frozenClock returns a clock that only tests advance.
func frozenClock() *testtime.Clock { return testtime.NewClock(time.Unix(1_800_000_000, 0)) }

// newClient runs the service with the given clock and returns a client.
func newClient(t *testing.T, clock *testtime.Clock, changes ...func(*config.Config)) client {
	t.Helper()
	return client{t: t, server: testserver.With(t, testdb.New(t, testdb.Own).Pool, app.Options{Now: clock.Now}, changes...)}
}
