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
	// afterGuesses lets the last password check of a round end.
	afterGuesses = time.Second
)

// slowest measures the 99th percentile, in milliseconds, of a request at half
// load: as many connections as half of the full rate needs, when each rests
// before every request as a person does.
type slowest struct {
	throughput
	// guessers are how many guess passwords meanwhile.
	guessers int
	pause    *time.Duration // shared with the subject to compare to
}

func (m *slowest) warm(ctx context.Context) error {
	if err := m.throughput.warm(ctx); err != nil || *m.pause != 0 {
		return err
	}
	full, err := m.run(ctx, 2*warmUp)
	*m.pause = restFor(full.rate()/2, m.connections)
	return err
}

// restFor is how long each connection rests for all to reach a rate, when the
// answers take next to no time.
func restFor(rate float64, connections int) time.Duration {
	return time.Duration(float64(connections) / rate * float64(time.Second)).Round(time.Millisecond)
}

func (m *slowest) measure(ctx context.Context, long time.Duration) (float64, error) {
	guessing, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	var guesses atomic.Int64
	for range m.guessers {
		all.Go(func() { m.server.guess(guessing, &guesses) })
	}
	t, err := m.run(ctx, long, "pause", strconv.FormatInt(m.pause.Milliseconds(), 10))
	stop()
	all.Wait()
	progress("%.0f requests and %.0f guesses a second were answered", t.rate(), float64(guesses.Load())/long.Seconds())
	if m.guessers > 0 {
		time.Sleep(afterGuesses)
	}
	return t.P99 / 1000, err
}

// guess tries passwords of random users, one after the other.
func (v *server) guess(ctx context.Context, answered *atomic.Int64) {
	client := http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for ctx.Err() == nil {
		body := fmt.Sprintf(`{"email":"%s","password":"Guess-%d"}`, v.people[rand.IntN(len(v.people))].email, rand.Int())
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+v.address+"/api/auth/login", strings.NewReader(body))
		if err != nil {
			return
		}
		r.Header.Set("Content-Type", "application/json")
		answer, err := client.Do(r)
		if err != nil {
			return // the round has ended, or the server, which the others notice
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
		answered.Add(1)
	}
}
