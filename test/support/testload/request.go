package testload

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// responseTimeout is much longer than the timeouts of the server.
const responseTimeout = 30 * time.Second

// call is a request of the load.
type call struct {
	method, path string
	token        string // "" for none
	body         object // nil for none
	contains     string // must be in a successful response
	// alsoAccepted makes an unsuccessful response that contains it count as
	// Answered; "" for none.
	alsoAccepted string
}

// graphQL returns an operation with one input, nil for none.
func graphQL(query string, input object) call {
	return call{method: http.MethodPost, path: "/graphql", body: object{"query": query, "variables": object{"input": input}}}
}

// send sends a request and classifies the response. text is the response, or the
// error without one.
func (c call) send(client *http.Client, url string) (o Outcome, text string) {
	ctx, cancel := context.WithTimeout(context.Background(), responseTimeout)
	defer cancel()
	var body io.Reader = http.NoBody
	if c.body != nil {
		encoded, err := json.Marshal(c.body)
		if err != nil {
			return Wrong, err.Error()
		}
		body = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, c.method, url+c.path, body)
	if err != nil {
		return Wrong, err.Error()
	}
	request.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	r, err := client.Do(request)
	if err != nil {
		return withoutResponse(err)
	}
	defer func() { _ = r.Body.Close() }()
	received, err := io.ReadAll(r.Body)
	if err != nil {
		return withoutResponse(err)
	}
	return c.classify(r.StatusCode, received), string(received)
}

func withoutResponse(err error) (Outcome, string) {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return Refused, err.Error()
	}
	return Cut, err.Error()
}

// response is the common part of the responses of both APIs.
type response struct {
	Errors json.RawMessage
	Data   struct {
		Save struct {
			Token      string
			UserErrors []any
		}
	}
}

func (c call) classify(status int, text []byte) Outcome {
	var r response
	malformed := json.Unmarshal(text, &r) != nil
	switch {
	case status == http.StatusServiceUnavailable, strings.Contains(string(r.Errors), `"code":"UNAVAILABLE"`):
		return Unavailable
	case c.alsoAccepted != "" && strings.Contains(string(text), c.alsoAccepted):
		return Answered
	case status != http.StatusOK, malformed, len(r.Errors) > 0, len(r.Data.Save.UserErrors) > 0,
		!strings.Contains(string(text), c.contains):
		return Wrong
	}
	return Answered
}

// Save is a save of one register over one API.
type Save struct {
	// Name is the API and the path or mutation.
	Name string

	call call
}

// Saves returns the saves of all registers over both APIs, with value number n.
func Saves(n int) []Save {
	var all []Save
	for _, r := range registers {
		all = append(all, Save{"REST " + r.path, r.overREST(n)}, Save{"GraphQL " + r.mutation, r.overGraphQL(n)})
	}
	return all
}

// Result is the result of one request.
type Result struct {
	Outcome Outcome
	// Text is the response, or the error without one.
	Text string
	Took time.Duration
}

// Send sends the request with a token in the background.
func (s Save) Send(url, token string) <-chan Result {
	s.call.token = token
	result := make(chan Result, 1)
	go func() {
		start := time.Now()
		outcome, text := s.call.send(http.DefaultClient, url)
		result <- Result{outcome, text, time.Since(start)}
	}()
	return result
}
