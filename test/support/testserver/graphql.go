package testserver

import (
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/graph/limit"
)

// Response is a response of the server. Data and Errors are those of a GraphQL
// response.
type Response struct {
	Status int
	Header http.Header
	Body   string
	Data   json.RawMessage
	Errors []Error
}

// Error is a GraphQL error.
type Error struct {
	Message    string
	Path       []any
	Extensions map[string]any
}

// Code returns the code of the first error, "" without an error.
func (r *Response) Code() string {
	if len(r.Errors) == 0 {
		return ""
	}
	code, _ := r.Errors[0].Extensions["code"].(string)
	return code
}

// Query runs a GraphQL operation.
func (s *Server) Query(t testing.TB, token, query string, variables map[string]any) *Response {
	t.Helper()
	return s.Post(t, token, JSON(t, map[string]any{"query": query, "variables": variables}))
}

// JSON encodes a value.
func JSON(t testing.TB, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Post sends the JSON body of a GraphQL request unchanged.
func (s *Server) Post(t testing.TB, token, body string) *Response {
	t.Helper()
	response := s.Send(t, token, http.MethodPost, "/graphql", body)
	if err := json.Unmarshal([]byte(response.Body), response); err != nil {
		t.Fatalf("not a GraphQL response: %s", response.Body)
	}
	return response
}

// Send sends a request with headers such as "Accept: text/html". The token and
// the body may be empty. A body is JSON unless a header says otherwise.
func (s *Server) Send(t testing.TB, token, method, path, body string, headers ...string) *Response {
	t.Helper()
	return Send(t, token, method, s.URL+path, body, headers...)
}

// Send is Server.Send for any server.
func Send(t testing.TB, token, method, url, body string, headers ...string) *Response {
	t.Helper()
	response, err := TrySend(http.DefaultClient, token, method, url, body, headers...)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

// TrySend is Send for any client and goroutine: it returns the error of a request
// without a complete response.
func TrySend(client *http.Client, token, method, url, body string, headers ...string) (*Response, error) {
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Add(name, value)
	}
	if body != "" && request.Header.Get("Content-Type") == "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(response.Body)
	return &Response{Status: response.StatusCode, Header: response.Header, Body: string(text)}, errors.Join(err, response.Body.Close())
}

// MustQuery runs an operation that must not return errors, and decodes its data
// into out, which may be nil.
func (s *Server) MustQuery(t testing.TB, token, query string, variables map[string]any, out any) {
	t.Helper()
	response := s.Query(t, token, query, variables)
	if len(response.Errors) > 0 {
		t.Fatalf("errors: %s", response.Body)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(response.Data, out); err != nil {
		t.Fatalf("data %s: %v", response.Data, err)
	}
}

// Routes returns the method and the path of every route.
func (s *Server) Routes(t testing.TB) (routes [][2]string) {
	t.Helper()
	err := chi.Walk(s.Config.Handler.(chi.Routes), func(method, path string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		routes = append(routes, [2]string{method, path})
		return nil
	})
	if err != nil || len(routes) < 25 {
		t.Fatalf("%d routes, %v", len(routes), err)
	}
	return routes
}

// Fields returns all fields of object types with their types, introspection excluded.
func Fields() iter.Seq2[*ast.FieldDefinition, *ast.Definition] {
	return func(yield func(*ast.FieldDefinition, *ast.Definition) bool) {
		for _, object := range graph.Schema().Types {
			if object.Kind != ast.Object || strings.HasPrefix(object.Name, "__") {
				continue
			}
			for _, field := range object.Fields {
				if !strings.HasPrefix(field.Name, "__") && !yield(field, object) {
					return
				}
			}
		}
	}
}

// AllFields selects all fields below a type of the schema, except what one operation
// cannot select: of a type within itself it selects the fields without a selection,
// and it omits connections within another one and those over the limit.
func AllFields(name string) string {
	connections := 0
	return allFields(name, nil, &connections)
}

func allFields(name string, within []*ast.Definition, connections *int) (selection string) {
	schema := graph.Schema()
	def := schema.Types[name]
	repeated := slices.Contains(within, def)
	within = append(slices.Clone(within), def)
	for _, field := range def.Fields {
		of := schema.Types[field.Type.Name()]
		if !of.IsCompositeType() {
			selection += field.Name + " "
			continue
		}
		if repeated {
			continue
		}
		if limit.IsConnection(of) {
			if *connections == limit.Default().Connections || slices.ContainsFunc(within, limit.IsConnection) {
				continue
			}
			*connections++
		}
		selection += field.Name + " {" + allFields(of.Name, within, connections) + "} "
	}
	return selection
}
