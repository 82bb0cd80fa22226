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

// starting measures the milliseconds from the start of the server's process, on
// a migrated database, to its first right answer.
type starting struct {
	stage *stage
	usual *server
}

func (m *starting) warm(ctx context.Context) error {
	_, err := m.measure(ctx, 0)
	return err
}

func (m *starting) measure(ctx context.Context, _ time.Duration) (float64, error) {
	fresh, took, err := m.stage.fresh(ctx, m.usual)
	if err != nil {
		return 0, err
	}
	fresh.stop()
	return float64(took.Microseconds()) / 1000, nil
}

// fresh starts another process of a server that runs.
func (s *stage) fresh(ctx context.Context, usual *server) (*server, time.Duration, error) {
	start := time.Now()
	v, err := s.launch(ctx, &server{candidate: usual.candidate, database: usual.database}, usual.cmd.Args)
	if err != nil {
		return nil, 0, err
	}
	if err := v.awaitAnswer(ctx, me); err != nil {
		v.stop()
		return nil, 0, err
	}
	return v, time.Since(start), nil
}

// memory measures the most memory, in MB, that a fresh server's process ever
// had resident, under full load with one request after the other.
type memory struct {
	stage       *stage
	usual       *server
	connections int
}

func (m *memory) warm(context.Context) error { return nil }

func (m *memory) measure(ctx context.Context, long time.Duration) (float64, error) {
	v, _, err := m.stage.fresh(ctx, m.usual)
	if err != nil {
		return 0, err
	}
	defer v.stop()
	for _, r := range []request{me, screen, saveNow()} {
		if _, err := v.wrk(ctx, r, m.connections, max(long/2, time.Second)); err != nil {
			return 0, err
		}
	}
	return peakMemory(v.cmd.Process.Pid)
}

var peakLine = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peakMemory is the most that a process has ever had resident, in MB.
func peakMemory(pid int) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("memory is only known on Linux: %w", err)
	}
	match := peakLine.FindSubmatch(status)
	if match == nil {
		return 0, fmt.Errorf("no VmHWM of process %d", pid)
	}
	kilobytes, err := strconv.ParseFloat(string(match[1]), 64)
	return kilobytes * 1024 / 1e6, err
}

// ticksPerSecond is the unit of times in /proc, on every Linux that Go runs on.
const ticksPerSecond = 100

// processorTime is how long a process has kept processors busy so far; 0 where
// /proc does not tell.
func processorTime(pid int) time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(stat), ") ") // a name may hold anything
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * time.Second / ticksPerSecond
}
