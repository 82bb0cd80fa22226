package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	guessers = 50
	// pauseAfterGuesses is enough for the last password check of a round to end.
	pauseAfterGuesses = time.Second
)

// tailLatency measures the 99th percentile of the latency at half load, in
// milliseconds. Each connection pauses before a request, so that all connections
// together send at half of the full rate.
type tailLatency struct {
	throughput
	// guessers is the number of clients that guess passwords during the load.
	guessers int
	pause    *time.Duration // shared with the subject that it is compared with
}

func (m *tailLatency) warm(ctx context.Context) error {
	if err := m.throughput.warm(ctx); err != nil || *m.pause != 0 {
		return err
	}
	full, err := m.run(ctx, 2*warmUp)
	*m.pause = pauseFor(full.rate()/2, m.connections)
	return err
}

// pauseFor returns the pause before each request with which all connections
// together reach a rate, if the latency is negligible.
func pauseFor(rate float64, connections int) time.Duration {
	return time.Duration(float64(connections) / rate * float64(time.Second)).Round(time.Millisecond)
}

func (m *tailLatency) measure(ctx context.Context, duration time.Duration) (float64, error) {
	guessing, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	var guesses atomic.Int64
	for range m.guessers {
		all.Go(func() { m.server.guess(guessing, &guesses) })
	}
	t, err := m.run(ctx, duration, "pause", strconv.FormatInt(m.pause.Milliseconds(), 10))
	stop()
	all.Wait()
	logProgress("%.0f requests/s and %.0f password guesses/s", t.rate(), float64(guesses.Load())/duration.Seconds())
	if m.guessers > 0 {
		time.Sleep(pauseAfterGuesses)
	}
	return t.P99 / 1000, err
}

// guess tries wrong passwords of random users, one after another, until ctx ends.
func (v *server) guess(ctx context.Context, responses *atomic.Int64) {
	client := http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for ctx.Err() == nil {
		body := fmt.Sprintf(`{"email":"%s","password":"Guess-%d"}`, v.users[rand.IntN(len(v.users))].email, rand.Int())
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+v.address+"/api/auth/login", strings.NewReader(body))
		if err != nil {
			return
		}
		r.Header.Set("Content-Type", "application/json")
		response, err := client.Do(r)
		if err != nil {
			return // the round has ended, or the server has, which the load detects
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		responses.Add(1)
	}
}
