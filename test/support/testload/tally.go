package testload

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// Outcome is the outcome of a request.
type Outcome int

const (
	// Answered is a successful response.
	Answered Outcome = iota
	// Unavailable is status 503 or the code UNAVAILABLE.
	Unavailable
	// Refused is a failed connection attempt.
	Refused
	// Cut is a sent request without a complete response.
	Cut
	// Wrong is every other response.
	Wrong
)

// Tally counts the outcomes of requests.
type Tally struct {
	counts [Wrong + 1]int
	// waits are the latencies of the Unavailable responses.
	waits []time.Duration
	// Examples describe a few requests with the outcome Cut or Wrong.
	Examples []string
}

// Of returns the number of requests with an outcome.
func (t Tally) Of(o Outcome) int { return t.counts[o] }

func (t Tally) String() string {
	return fmt.Sprintf("%d answered, %d unavailable (median %s, slowest %s), %d refused, %d cut, %d wrong",
		t.Of(Answered), t.Of(Unavailable), t.MedianWait().Round(time.Millisecond), t.LongestWait().Round(time.Millisecond),
		t.Of(Refused), t.Of(Cut), t.Of(Wrong))
}

// Pause is the minimum pause of the machine that makes a server with a working
// database respond Unavailable.
const Pause = 1500 * time.Millisecond

// AtOnce reports whether an Unavailable response came faster than after a Pause,
// so that a fault must have caused it.
func (t Tally) AtOnce() bool { return len(t.waits) > 0 && slices.Min(t.waits) < Pause }

// MedianWait returns the median latency of the Unavailable responses, which a few
// pauses of the machine do not change.
func (t Tally) MedianWait() time.Duration {
	if len(t.waits) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(t.waits))[len(t.waits)/2]
}

// LongestWait returns the longest latency of the Unavailable responses, 0 without
// any.
func (t Tally) LongestWait() time.Duration { return slices.Max(append([]time.Duration{0}, t.waits...)) }

// Plus returns the sum of two tallies.
func (t Tally) Plus(other Tally) Tally {
	for o := range t.counts {
		t.counts[o] += other.counts[o]
	}
	t.waits = slices.Concat(t.waits, other.waits)
	t.Examples = slices.Concat(t.Examples, other.Examples)
	t.Examples = t.Examples[:min(len(t.Examples), maxExamples)]
	return t
}

const maxExamples = 5

// Meter collects outcomes. It is safe for concurrent use.
type Meter struct {
	mu    sync.Mutex
	tally Tally
}

func (m *Meter) add(o Outcome, took time.Duration, example string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tally.counts[o]++
	if o == Unavailable {
		m.tally.waits = append(m.tally.waits, took)
	}
	if (o == Cut || o == Wrong) && len(m.tally.Examples) < maxExamples {
		m.tally.Examples = append(m.tally.Examples, example)
	}
}

// Take returns the outcomes since the last Take.
func (m *Meter) Take() Tally {
	m.mu.Lock()
	defer m.mu.Unlock()
	taken := m.tally
	m.tally = Tally{}
	return taken
}
