// Package security_test attacks the whole service over HTTP, on both edges, as
// docs/security.md says that it may be attacked.
package security_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

const (
	wrong       = "Wrong-Horse-1"
	newPassword = "Battery-Staple-2"

	loginMutation          = `mutation($input: LoginInput!) { p: login(input: $input) { token userErrors { code field } } }`
	changePasswordMutation = `mutation($input: ChangePasswordInput!) { p: changePassword(input: $input) { token userErrors { code field } } }`
)

type object = map[string]any

// answer is what an edge says, in terms that both have.
type answer struct {
	status int
	header http.Header
	body   string
	// outcome is "" for success, else in GraphQL the code of the error or user
	// error, in REST the status, both followed by the field at fault.
	outcome    string
	token      string
	retryAfter int // of the body; GraphQL only
}

// edge is one of the two ways in.
type edge struct {
	name           string
	signIn         func(c client, email, password string) answer
	changePassword func(c client, token, current, to string) answer
	// What the edge says.
	badCredentials, rateLimited, overloaded, weak, wrongPassword string
}

// client sends requests with headers of its own.
type client struct {
	t      testing.TB
	server *testserver.Server
	header []string // "Name: value"
}

var graphqlEdge = edge{
	name: "GraphQL",
	signIn: func(c client, email, password string) answer {
		return c.graphql("", loginMutation, object{"email": email, "password": password})
	},
	changePassword: func(c client, token, current, to string) answer {
		return c.graphql(token, changePasswordMutation, object{"currentPassword": current, "newPassword": to})
	},
	badCredentials: "INVALID_CREDENTIALS", rateLimited: "RATE_LIMITED", overloaded: "OVERLOADED",
	weak: "WEAK_PASSWORD input.newPassword", wrongPassword: "WRONG_PASSWORD input.currentPassword",
}

var restEdge = edge{
	name: "REST",
	signIn: func(c client, email, password string) answer {
		return c.rest("", http.MethodPost, "/api/auth/login", object{"email": email, "password": password})
	},
	changePassword: func(c client, token, current, to string) answer {
		return c.rest(token, http.MethodPut, "/api/perfil/password", object{"password_actual": current, "password_nueva": to})
	},
	badCredentials: "401", rateLimited: "429", overloaded: "503", weak: "422 password_nueva", wrongPassword: "422",
}

var edges = []edge{graphqlEdge, restEdge}

// send makes a request; body is JSON or empty.
func (c client) send(token, method, path, body string) answer {
	c.t.Helper()
	r, err := http.NewRequest(method, c.server.URL+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, line := range c.header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	response := c.server.Request(c.t, r, token)
	text, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer{status: response.StatusCode, header: response.Header, body: string(text)}
}

func (c client) graphql(token, query string, input object) answer {
	c.t.Helper()
	a := c.send(token, http.MethodPost, "/graphql", encode(c.t, object{"query": query, "variables": object{"input": input}}))
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
	decode(c.t, a.body, &body)
	a.token = body.Data.P.Token
	if refusals := body.Data.P.UserErrors; len(refusals) > 0 {
		a.outcome = strings.TrimSpace(refusals[0].Code + " " + strings.Join(refusals[0].Field, "."))
	}
	if len(body.Errors) > 0 {
		a.outcome, a.retryAfter = body.Errors[0].Extensions.Code, body.Errors[0].Extensions.RetryAfterSeconds
	}
	return a
}

func (c client) rest(token, method, path string, input object) answer {
	c.t.Helper()
	a := c.send(token, method, path, encode(c.t, input))
	var body struct {
		Token  string
		Errors []string
	}
	decode(c.t, a.body, &body)
	a.token = body.Token
	if a.status == http.StatusOK {
		return a
	}
	a.outcome = strconv.Itoa(a.status)
	if len(body.Errors) > 0 {
		if field, _, named := strings.Cut(body.Errors[0], ": "); named {
			a.outcome += " " + field
		}
	}
	return a
}

func encode(t testing.TB, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func decode(t testing.TB, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}

// want checks the outcome of a request.
func (a answer) want(t testing.TB, what, outcome string) {
	t.Helper()
	if a.outcome != outcome {
		t.Errorf("%s: %q, want %q: %s", what, a.outcome, outcome, a.body)
	}
}

// clock is one that tests move.
type clock struct{ unix atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.unix.Store(1_800_000_000)
	return c
}

func (c *clock) now() time.Time          { return time.Unix(c.unix.Load(), 0) }
func (c *clock) advance(d time.Duration) { c.unix.Add(int64(d / time.Second)) }
