package main

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// startup measures the milliseconds from the start of the server's process, on a
// migrated database, to its first correct response.
type startup struct {
	environment *environment
	usual       *server
}

func (m *startup) warm(ctx context.Context) error {
	_, err := m.measure(ctx, 0)
	return err
}

func (m *startup) measure(ctx context.Context, _ time.Duration) (float64, error) {
	fresh, took, err := m.environment.startFresh(ctx, m.usual)
	if err != nil {
		return 0, err
	}
	fresh.stop()
	return float64(took.Microseconds()) / 1000, nil
}

// startFresh starts a second process of a running server and returns the time
// until its first correct response.
func (e *environment) startFresh(ctx context.Context, usual *server) (*server, time.Duration, error) {
	start := time.Now()
	v, err := e.launch(ctx, &server{candidate: usual.candidate, database: usual.database}, usual.cmd.Args)
	if err != nil {
		return nil, 0, err
	}
	if err := v.awaitResponse(ctx, me); err != nil {
		v.stop()
		return nil, 0, err
	}
	return v, time.Since(start), nil
}

// memory measures the peak resident memory, in MB, of a fresh server process
// under full load with different requests.
type memory struct {
	environment *environment
	usual       *server
	connections int
}

func (m *memory) warm(context.Context) error { return nil }

func (m *memory) measure(ctx context.Context, duration time.Duration) (float64, error) {
	v, _, err := m.environment.startFresh(ctx, m.usual)
	if err != nil {
		return 0, err
	}
	defer v.stop()
	for _, r := range []request{me, screen, saveNow()} {
		if _, err := v.wrk(ctx, r, m.connections, max(duration/2, time.Second)); err != nil {
			return 0, err
		}
	}
	return peakMemory(v.cmd.Process.Pid)
}

var peakLine = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peakMemory returns the peak resident memory of a process in MB.
func peakMemory(pid int) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("memory can be measured only on Linux: %w", err)
	}
	match := peakLine.FindSubmatch(status)
	if match == nil {
		return 0, fmt.Errorf("no VmHWM of process %d", pid)
	}
	kilobytes, err := strconv.ParseFloat(string(match[1]), 64)
	return kilobytes * 1024 / 1e6, err
}

// ticksPerSecond is the unit of CPU times in /proc on all Linux platforms of Go.
const ticksPerSecond = 100

// processorTime returns the CPU time of a process, 0 where /proc does not contain
// it.
func processorTime(pid int) time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(stat), ") ") // the name before it may contain spaces
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * time.Second / ticksPerSecond
}
