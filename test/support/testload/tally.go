package testload

import (
	"fmt"
	"slices"
	"testing"
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

type result struct {
	outcome Outcome
	took    time.Duration
	text    string // of Cut and Wrong: the request and the response
}

// Tally has the results of requests.
type Tally []result

// Of returns the number of requests with an outcome.
func (t Tally) Of(o Outcome) (n int) {
	for _, r := range t {
		if r.outcome == o {
			n++
		}
	}
	return n
}

// Wait returns a quantile, from 0 to 1, of the latencies of the Unavailable responses,
// 0 without any. A few pauses of the machine do not change the median.
func (t Tally) Wait(quantile float64) time.Duration {
	var waits []time.Duration
	for _, r := range t {
		if r.outcome == Unavailable {
			waits = append(waits, r.took)
		}
	}
	if len(waits) == 0 {
		return 0
	}
	slices.Sort(waits)
	return waits[int(quantile*float64(len(waits)-1))]
}

// Pause is the minimum pause of the machine that makes a server with a working
// database respond Unavailable.
const Pause = 1500 * time.Millisecond

// AtOnce reports whether an Unavailable response came faster than after a Pause,
// so that a fault must have caused it.
func (t Tally) AtOnce() bool { return t.Of(Unavailable) > 0 && t.Wait(0) < Pause }

func (t Tally) String() string {
	return fmt.Sprintf("%d answered, %d unavailable (median %s, slowest %s), %d refused, %d cut, %d wrong",
		t.Of(Answered), t.Of(Unavailable), t.Wait(0.5).Round(time.Millisecond), t.Wait(1).Round(time.Millisecond),
		t.Of(Refused), t.Of(Cut), t.Of(Wrong))
}

// Examples describe a few requests with the outcome Cut or Wrong.
func (t Tally) Examples() (texts []string) {
	for _, r := range t {
		if r.text != "" && len(texts) < 5 {
			texts = append(texts, r.text)
		}
	}
	return texts
}

// WantAtMostUnavailable checks that no request had a worse outcome than Unavailable.
func (t Tally) WantAtMostUnavailable(tb testing.TB, what string) {
	tb.Helper()
	tb.Logf("figure: %s: %s: %s", tb.Name(), what, t)
	if t.Of(Refused)+t.Of(Cut)+t.Of(Wrong) > 0 {
		tb.Errorf("%s: %s: %q", what, t, t.Examples())
	}
}
