// Package testtime measures durations, waits on a busy machine, and skips slow tests.
package testtime

import (
	"sync/atomic"
	"testing"
	"time"
)

// Slow skips a test of `make check`, which runs with -short.
func Slow(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("slow: make test runs it, make check does not")
	}
}

// MaxWait is the longest wait for something that must happen eventually. It is
// longer than any pause of a busy machine.
const MaxWait = time.Minute

// Within checks that an operation takes at most bound. run returns the measured
// time, so that its preparation does not count. One of up to five runs must stay
// within the bound, because a pause of the machine can delay the others. A run
// that takes more than ten times the bound fails at once: a hang, for example on a
// dead connection, may occur only in the first run.
func Within(t testing.TB, what string, bound time.Duration, run func() time.Duration) {
	t.Helper()
	var took []time.Duration
	for range 5 {
		last := run()
		if last <= bound {
			return
		}
		took = append(took, last)
		if last > 10*bound {
			break
		}
	}
	t.Errorf("%s took %v, want one run of at most %v and none above ten times that", what, took, bound)
}

// Elapsed returns the duration of a call.
func Elapsed(call func()) time.Duration {
	start := time.Now()
	call()
	return time.Since(start)
}

// Eventually waits until a condition is true and returns the duration of the
// wait. The test fails at once after MaxWait.
func Eventually(t testing.TB, what string, condition func() bool) time.Duration {
	t.Helper()
	start := time.Now()
	for ; !condition(); time.Sleep(10 * time.Millisecond) {
		if time.Since(start) > MaxWait {
			t.Fatalf("not within %s: %s", MaxWait, what)
		}
	}
	return time.Since(start)
}

// Clock is a clock that only moves when a test advances it. It is safe for
// concurrent use.
type Clock struct{ nanoseconds atomic.Int64 }

// NewClock returns a clock that shows the given time.
func NewClock(start time.Time) *Clock {
	c := &Clock{}
	c.nanoseconds.Store(start.UnixNano())
	return c
}

// Now returns the time of the clock.
func (c *Clock) Now() time.Time { return time.Unix(0, c.nanoseconds.Load()) }

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) { c.nanoseconds.Add(int64(d)) }
