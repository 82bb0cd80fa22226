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

// answerTimeout is far beyond what the server promises.
const answerTimeout = 30 * time.Second

// call is a request of the load.
type call struct {
	method, path string
	token        string // "" for none
	body         object // nil for none
	contains     string // what a good response must contain
	// pardoned is what a bad response may contain and still counts as answered;
	// "" for nothing.
	pardoned string
}

// graphQL is an operation with one input, nil for none.
func graphQL(query string, input object) call {
	return call{method: http.MethodPost, path: "/graphql", body: object{"query": query, "variables": object{"input": input}}}
}

// send makes a request and judges the response. text is the response or, where
// there was none, why.
func (c call) send(client *http.Client, url string) (o Outcome, text string) {
	ctx, cancel := context.WithTimeout(context.Background(), answerTimeout)
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
	response, err := client.Do(request)
	if err != nil {
		return withoutAnswer(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return withoutAnswer(err)
	}
	return c.judge(response.StatusCode, answer), string(answer)
}

func withoutAnswer(err error) (Outcome, string) {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return Refused, err.Error()
	}
	return Cut, err.Error()
}

// answer is what both edges may say.
type answer struct {
	Errors json.RawMessage
	Data   struct {
		Save struct {
			Token      string
			UserErrors []any
		}
	}
}

func (c call) judge(status int, text []byte) Outcome {
	var a answer
	malformed := json.Unmarshal(text, &a) != nil
	switch {
	case status == http.StatusServiceUnavailable, strings.Contains(string(a.Errors), `"code":"UNAVAILABLE"`):
		return Unavailable
	case c.pardoned != "" && strings.Contains(string(text), c.pardoned):
		return Answered
	case status != http.StatusOK, malformed, len(a.Errors) > 0, len(a.Data.Save.UserErrors) > 0,
		!strings.Contains(string(text), c.contains):
		return Wrong
	}
	return Answered
}

// Save is one save of one register over one edge.
type Save struct {
	// Name is the edge and the path or the mutation.
	Name string

	call call
}

// Saves returns one of each, which store values with the given number.
func Saves(n int) []Save {
	var all []Save
	for _, r := range registers {
		all = append(all, Save{"REST " + r.path, r.overREST(n)}, Save{"GraphQL " + r.mutation, r.overGraphQL(n)})
	}
	return all
}

// Ending is how one request ended.
type Ending struct {
	Outcome Outcome
	// Text is the response, or why there was none.
	Text string
	Took time.Duration
}

// Send makes the request with a token, in the background.
func (s Save) Send(url, token string) <-chan Ending {
	s.call.token = token
	ending := make(chan Ending, 1)
	go func() {
		start := time.Now()
		outcome, text := s.call.send(http.DefaultClient, url)
		ending <- Ending{outcome, text, time.Since(start)}
	}()
	return ending
}
