package testload

import (
	"net/http"
	"time"
)

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
		all = append(all, Save{"REST " + r.path, r.legacyCall(n)}, Save{"GraphQL " + r.mutation, r.graphqlCall(n)})
	}
	return all
}

// Ending is how one request ended.
type Ending struct {
	Outcome Outcome
	// Text is the answer, or why there was none.
	Text string
	Took time.Duration
}

// Send makes the request with a token, in the background.
func (s Save) Send(url, token string) <-chan Ending {
	c := s.call
	c.token = token
	ending := make(chan Ending, 1)
	go func() {
		start := time.Now()
		outcome, text := send(http.DefaultClient, url, c)
		ending <- Ending{outcome, text, time.Since(start)}
	}()
	return ending
}

func (r register) legacyCall(n int) call {
	return call{method: http.MethodPut, path: r.path, body: legacyBody(r.value(n))}
}

func (r register) graphqlCall(n int) call {
	return call{method: http.MethodPost, path: "/graphql", body: r.operation(r.value(n))}
}
