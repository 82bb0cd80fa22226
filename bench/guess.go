package main

import (
	"context"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	guessers = 50
	// afterGuesses lets the last password check of a round end.
	afterGuesses = time.Second
)

// slowest measures the 99th percentile, in milliseconds, of a request at half
// of the rate that the server reaches with 16 connections. A request counts
// from when it was due: waiting for its turn is part of it.
type slowest struct {
	stage   *stage
	server  *server
	request request
	// guessers are how many guess passwords meanwhile.
	guessers int
	rate     *int // requests a second, shared with the subject to compare to
}

func (m *slowest) warm(ctx context.Context) error {
	if *m.rate != 0 {
		return nil
	}
	if err := m.server.awaitAnswer(ctx, m.request); err != nil {
		return err
	}
	full, err := m.server.wrk(ctx, m.request, usualConnections, 2*warmUp)
	*m.rate = int(full.rate() / 2)
	return err
}

func (m *slowest) measure(ctx context.Context, long time.Duration) (float64, error) {
	guessing, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	for range m.guessers {
		all.Go(func() { m.server.guess(guessing) })
	}
	latencies, err := m.attack(ctx, long)
	stop()
	all.Wait()
	if m.guessers > 0 {
		time.Sleep(afterGuesses)
	}
	return latencies.quantile(0.99), err
}

// guess tries passwords of random users, one after the other.
func (v *server) guess(ctx context.Context) {
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
	}
}

// attack sends requests at the rate and returns how long each took, in
// milliseconds. A wrong answer fails it.
func (m *slowest) attack(ctx context.Context, long time.Duration) (figures, error) {
	vegeta, err := m.stage.program(ctx, "vegeta", "github.com/tsenart/vegeta/v12", "-modfile=tools/go.mod")
	if err != nil {
		return nil, err
	}
	targets, results := m.server.log.Name()+".targets", m.server.log.Name()+".results"
	if err := m.writeTargets(targets); err != nil {
		return nil, err
	}
	output, err := exec.CommandContext(ctx, vegeta, "attack", "-format=json", "-targets="+targets, "-output="+results,
		"-rate="+strconv.Itoa(*m.rate), "-duration="+long.String(), "-workers=16", "-connections=64").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("vegeta: %w\n%s", err, output)
	}
	return m.readResults(ctx, vegeta, results)
}

func (m *slowest) writeTargets(name string) error {
	type target struct {
		Method string      `json:"method"`
		URL    string      `json:"url"`
		Body   []byte      `json:"body"`
		Header http.Header `json:"header"`
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(file)
	for _, p := range m.server.people {
		made, err := m.request.made(context.Background(), m.server, p)
		if err != nil {
			return err
		}
		if err := lines.Encode(target{made.Method, made.URL.String(), []byte(m.request.body), made.Header}); err != nil {
			return err
		}
	}
	return file.Close()
}

// The columns of vegeta's CSV that are read here.
const (
	statusColumn  = 1
	latencyColumn = 2 // nanoseconds
	bodyColumn    = 6 // base64
)

func (m *slowest) readResults(ctx context.Context, vegeta, results string) (figures, error) {
	text, err := exec.CommandContext(ctx, vegeta, "encode", "-to=csv", results).Output()
	if err != nil {
		return nil, fmt.Errorf("vegeta encode: %w", err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		return nil, err
	}
	latencies := make(figures, len(rows))
	anybody := m.request
	anybody.own = false // who asked is not in the row
	for i, row := range rows {
		body, err := base64.StdEncoding.DecodeString(row[bodyColumn])
		if err != nil {
			return nil, err
		}
		status, _ := strconv.Atoi(row[statusColumn]) // 0 when there was no answer
		if err := anybody.check(person{}, status, string(body)); err != nil {
			return nil, err
		}
		nanoseconds, err := strconv.ParseFloat(row[latencyColumn], 64)
		if err != nil {
			return nil, err
		}
		latencies[i] = nanoseconds / 1e6
	}
	return latencies, nil
}
