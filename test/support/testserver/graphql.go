package testserver

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// Response is the answer to a GraphQL operation.
type Response struct {
	Status int
	Header http.Header
	Body   string
	Data   json.RawMessage
	Errors []Error
}

// Error is an entry of errors.
type Error struct {
	Message    string
	Path       []any
	Extensions map[string]any
}

// Code is the code of the first error, "" when there is none.
func (r *Response) Code() string {
	if len(r.Errors) == 0 {
		return ""
	}
	code, _ := r.Errors[0].Extensions["code"].(string)
	return code
}

// Query runs an operation over HTTP.
func (s *Server) Query(t testing.TB, token, query string, variables map[string]any) *Response {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	return s.Post(t, token, string(body))
}

// Post sends the JSON of a GraphQL request as it is.
func (s *Server) Post(t testing.TB, token, body string) *Response {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, s.URL+"/graphql", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	answer := s.Request(t, request, token)
	var text bytes.Buffer
	if _, err := text.ReadFrom(answer.Body); err != nil {
		t.Fatal(err)
	}
	response := &Response{Status: answer.StatusCode, Header: answer.Header, Body: text.String()}
	if err := json.Unmarshal(text.Bytes(), response); err != nil {
		t.Fatalf("the answer is no GraphQL response: %s", text.String())
	}
	return response
}

// MustQuery runs an operation that must have no errors and reads its data into
// out, which may be nil.
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
