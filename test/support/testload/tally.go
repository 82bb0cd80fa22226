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
	counts [Wrong + 1]int
	// waits are the times to each response that the service is unavailable.
	waits []time.Duration
	// Examples describe a few of the requests that were cut or wrong.
	Examples []string
}

// Of is the number of requests with an outcome.
func (t Tally) Of(o Outcome) int { return t.counts[o] }

func (t Tally) String() string {
	return fmt.Sprintf("%d answered, %d unavailable (median %s, slowest %s), %d refused, %d cut, %d wrong",
		t.Of(Answered), t.Of(Unavailable), t.MedianWait().Round(time.Millisecond), t.LongestWait().Round(time.Millisecond),
		t.Of(Refused), t.Of(Cut), t.Of(Wrong))
}

// Pause is how long a machine must stand still before the server, which gives up
// waiting for the database then, answers that it is unavailable.
const Pause = 1500 * time.Millisecond

// AtOnce tells whether a request was told at once that the service is
// unavailable: by a fault, since a pause of the machine takes longer.
func (t Tally) AtOnce() bool { return len(t.waits) > 0 && slices.Min(t.waits) < Pause }

// MedianWait is how long it usually took to be told that the service is
// unavailable: a few may have met a pause of the machine.
func (t Tally) MedianWait() time.Duration {
	if len(t.waits) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(t.waits))[len(t.waits)/2]
}

// LongestWait is the longest of these times, 0 when there was none.
func (t Tally) LongestWait() time.Duration { return slices.Max(append([]time.Duration{0}, t.waits...)) }

// Plus adds two tallies.
func (t Tally) Plus(other Tally) Tally {
	for o := range t.counts {
		t.counts[o] += other.counts[o]
	}
	t.waits = slices.Concat(t.waits, other.waits)
	t.Examples = slices.Concat(t.Examples, other.Examples)
	t.Examples = t.Examples[:min(len(t.Examples), mostExamples)]
	return t
}

const mostExamples = 5

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
	if (o == Cut || o == Wrong) && len(m.tally.Examples) < mostExamples {
		m.tally.Examples = append(m.tally.Examples, example)
	}
}

// Take returns what was collected since the last Take.
func (m *Meter) Take() Tally {
	m.mu.Lock()
	defer m.mu.Unlock()
	taken := m.tally
	m.tally = Tally{}
	return taken
}
