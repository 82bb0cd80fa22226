package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// tally is what load.lua prints at the end.
type tally struct {
	Requests, Microseconds, Bytes, Failed, Refused float64
	P99                                            float64 // microseconds
}

func (t tally) rate() float64       { return t.Requests / t.Microseconds * 1e6 }
func (t tally) answerSize() float64 { return t.Bytes / t.Requests }

// A candidate is warmed up, with every answer checked, in turns of warmUp until
// it has given so many answers: just-in-time compilers count in those.
const (
	warmUp        = 2 * time.Second
	warmUpAnswers = 10_000
	warmUpTurns   = 5
)

// throughput measures the answers a second that a server gives to so many
// connections.
type throughput struct {
	server      *server
	request     func() request
	connections int
	answerSize  float64 // in the warm-up, where every answer was right
}

func (m *throughput) warm(ctx context.Context) error {
	r := m.request()
	if err := m.server.awaitAnswer(ctx, r); err != nil {
		return err
	}
	for _, p := range m.server.people[:10] {
		if err := m.server.ask(ctx, r, p); err != nil {
			return err
		}
	}
	answers := 0.0
	for turn := 0; turn < warmUpTurns && answers < warmUpAnswers; turn++ {
		t, err := m.server.wrk(ctx, m.request(), m.connections, warmUp, "check", r.contains)
		if err != nil {
			return err
		}
		answers += t.Requests
		m.answerSize = t.answerSize()
	}
	return nil
}

func (m *throughput) measure(ctx context.Context, long time.Duration) (float64, error) {
	t, err := m.run(ctx, long)
	return t.rate(), err
}

// run fails when a status was not 200, or when the answers have another size
// than the right ones: an error in GraphQL may come with any status.
func (m *throughput) run(ctx context.Context, long time.Duration, options ...string) (tally, error) {
	before := processorTime(m.server.cmd.Process.Pid)
	t, err := m.server.wrk(ctx, m.request(), m.connections, long, options...)
	if err != nil {
		return tally{}, err
	}
	busy := processorTime(m.server.cmd.Process.Pid) - before
	progress("%s itself kept processors busy for %.0f µs a request", m.server.name, float64(busy.Microseconds())/t.Requests)
	if math.Abs(t.answerSize()/m.answerSize-1) > 0.01 {
		return tally{}, fmt.Errorf("%s: answers of %.0f bytes, the right ones have %.0f", m.server.name, t.answerSize(), m.answerSize)
	}
	return t, m.server.forgetLog()
}

// wrk loads the server for so long with the requests of all its users in turn.
func (v *server) wrk(ctx context.Context, r request, connections int, long time.Duration, options ...string) (tally, error) {
	requests, err := r.wire(v)
	if err != nil {
		return tally{}, err
	}
	file := v.log.Name() + ".requests"
	if err := os.WriteFile(file, requests, 0o600); err != nil {
		return tally{}, err
	}
	args := []string{"-t1", "-c" + strconv.Itoa(connections), "-d" + strconv.Itoa(int(long.Seconds())) + "s",
		"-s", "bench/load.lua", "http://" + v.address, "--", file}
	output, err := exec.CommandContext(ctx, "wrk", append(args, options...)...).CombinedOutput()
	if err != nil {
		return tally{}, fmt.Errorf("wrk: %w\n%s", err, output)
	}
	var t tally
	lines := strings.Split(string(bytes.TrimSpace(output)), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &t); err != nil {
		return tally{}, fmt.Errorf("wrk: %w\n%s", err, output)
	}
	if t.Requests == 0 || t.Failed > 0 || t.Refused > 0 {
		return tally{}, fmt.Errorf("%s, %s: of %.0f answers %.0f were wrong and %.0f connections failed\n%w",
			v.name, r.path, t.Requests, t.Refused, t.Failed, v.complaint())
	}
	return t, nil
}
