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

// wrkResult is the summary that load.lua prints.
type wrkResult struct {
	Requests, Microseconds, Bytes, Failed, Refused float64
	P99                                            float64 // microseconds
}

func (t wrkResult) rate() float64         { return t.Requests / t.Microseconds * 1e6 }
func (t wrkResult) responseSize() float64 { return t.Bytes / t.Requests }

// A candidate is warmed up in turns of warmUp, in which every response is checked,
// until it has sent warmUpResponses: just-in-time compilers count calls.
const (
	warmUp          = 2 * time.Second
	warmUpResponses = 10_000
	warmUpTurns     = 5
)

// throughput measures the responses per second over a number of connections.
type throughput struct {
	server       *server
	request      func() request
	connections  int
	responseSize float64 // of the correct responses in the warm-up
}

func (m *throughput) warm(ctx context.Context) error {
	r := m.request()
	if err := m.server.awaitResponse(ctx, r); err != nil {
		return err
	}
	for _, u := range m.server.users[:10] {
		if err := m.server.send(ctx, r, u); err != nil {
			return err
		}
	}
	responses := 0.0
	for turn := 0; turn < warmUpTurns && responses < warmUpResponses; turn++ {
		t, err := m.server.wrk(ctx, m.request(), m.connections, warmUp, "check", r.contains)
		if err != nil {
			return err
		}
		responses += t.Requests
		m.responseSize = t.responseSize()
	}
	return nil
}

func (m *throughput) measure(ctx context.Context, duration time.Duration) (float64, error) {
	t, err := m.run(ctx, duration)
	return t.rate(), err
}

// run fails when a status is not 200 or the size of the responses differs from
// that of the correct ones: a GraphQL error can have any status.
func (m *throughput) run(ctx context.Context, duration time.Duration, options ...string) (wrkResult, error) {
	before := processorTime(m.server.cmd.Process.Pid)
	t, err := m.server.wrk(ctx, m.request(), m.connections, duration, options...)
	if err != nil {
		return wrkResult{}, err
	}
	busy := processorTime(m.server.cmd.Process.Pid) - before
	logProgress("%s used %.0f µs of CPU time per request", m.server.name, float64(busy.Microseconds())/t.Requests)
	if math.Abs(t.responseSize()/m.responseSize-1) > 0.01 {
		return wrkResult{}, fmt.Errorf("%s: responses of %.0f bytes, correct ones have %.0f", m.server.name, t.responseSize(), m.responseSize)
	}
	return t, m.server.truncateLog()
}

// wrk sends the requests of all users in turn for the given duration.
func (v *server) wrk(ctx context.Context, r request, connections int, duration time.Duration, options ...string) (wrkResult, error) {
	requests, err := r.encode(v)
	if err != nil {
		return wrkResult{}, err
	}
	file := v.log.Name() + ".requests"
	if err := os.WriteFile(file, requests, 0o600); err != nil {
		return wrkResult{}, err
	}
	args := []string{"-t1", "-c" + strconv.Itoa(connections), "-d" + strconv.Itoa(int(duration.Seconds())) + "s",
		"-s", "bench/load.lua", "http://" + v.address, "--", file}
	output, err := exec.CommandContext(ctx, "wrk", append(args, options...)...).CombinedOutput()
	if err != nil {
		return wrkResult{}, fmt.Errorf("wrk: %w\n%s", err, output)
	}
	var t wrkResult
	lines := strings.Split(string(bytes.TrimSpace(output)), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &t); err != nil {
		return wrkResult{}, fmt.Errorf("wrk: %w\n%s", err, output)
	}
	if t.Requests == 0 || t.Failed > 0 || t.Refused > 0 {
		return wrkResult{}, fmt.Errorf("%s, %s: of %.0f responses %.0f were wrong, and %.0f connections failed\n%w",
			v.name, r.path, t.Requests, t.Refused, t.Failed, v.logTail())
	}
	return t, nil
}
