package testload

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// Outcome is how a request ended.
type Outcome int

const (
	// Answered is success.
	Answered Outcome = iota
	// Unavailable is 503 or the code UNAVAILABLE: try again.
	Unavailable
	// Refused is a connection that was never made.
	Refused
	// Cut is a request that was sent and got no whole answer.
	Cut
	// Wrong is every other answer.
	Wrong
)

// Tally counts how requests ended.
type Tally struct {
	Counts [Wrong + 1]int
	// Slowest is the longest time to each outcome.
	Slowest [Wrong + 1]time.Duration
	// Waits are the times to each that was unavailable.
	Waits []time.Duration
	// Examples describe a few of those that were cut or wrong.
	Examples []string
}

// Of is the number of requests with an outcome.
func (t Tally) Of(o Outcome) int { return t.Counts[o] }

// Total is the number of requests.
func (t Tally) Total() int {
	total := 0
	for _, count := range t.Counts {
		total += count
	}
	return total
}

func (t Tally) String() string {
	return fmt.Sprintf("%d answered (slowest %s), %d unavailable (median %s, slowest %s), %d refused, %d cut, %d wrong",
		t.Of(Answered), t.Slowest[Answered].Round(time.Millisecond),
		t.Of(Unavailable), t.MedianWait().Round(time.Millisecond), t.Slowest[Unavailable].Round(time.Millisecond),
		t.Of(Refused), t.Of(Cut), t.Of(Wrong))
}

// Pause is how long a machine must stand still before the server, which gives up
// waiting for the database then, answers that it is unavailable.
const Pause = 1500 * time.Millisecond

// AtOnce tells whether a request was told at once that the service is
// unavailable: by a fault, since a pause of the machine takes longer.
func (t Tally) AtOnce() bool { return len(t.Waits) > 0 && slices.Min(t.Waits) < Pause }

// MedianWait is how long it usually took to be told that the service is
// unavailable: a few may have met a pause of the machine.
func (t Tally) MedianWait() time.Duration {
	if len(t.Waits) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(t.Waits))[len(t.Waits)/2]
}

// Plus adds two tallies.
func (t Tally) Plus(other Tally) Tally {
	for o := range t.Counts {
		t.Counts[o] += other.Counts[o]
		t.Slowest[o] = max(t.Slowest[o], other.Slowest[o])
	}
	t.Waits = append(t.Waits[:len(t.Waits):len(t.Waits)], other.Waits...)
	t.Examples = append(t.Examples[:len(t.Examples):len(t.Examples)], other.Examples...)
	t.Examples = t.Examples[:min(len(t.Examples), mostExamples)]
	return t
}

const mostExamples = 5

// Meter collects outcomes. It is safe for concurrent use.
type Meter struct {
	mu    sync.Mutex
	tally Tally
}

func (m *Meter) add(o Outcome, took time.Duration, detail string) {
	one := Tally{}
	one.Counts[o], one.Slowest[o] = 1, took
	if o == Unavailable {
		one.Waits = []time.Duration{took}
	}
	if o == Cut || o == Wrong {
		one.Examples = []string{detail}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tally = m.tally.Plus(one)
}

// Take returns what was collected since the last Take.
func (m *Meter) Take() Tally {
	m.mu.Lock()
	defer m.mu.Unlock()
	taken := m.tally
	m.tally = Tally{}
	return taken
}
