// Package testtime measures and waits on a machine that does other things too.
package testtime

import (
	"testing"
	"time"
)

// Patience is for what has to happen, whenever the machine gets to it: longer
// than any pause of a busy one.
const Patience = time.Minute

// Within checks that something takes at most so long. A run returns its time, so
// that what it needs beforehand does not count. Of up to five runs one has to
// keep to the bound, since a pause of the machine makes a run late too. A run
// that hangs, which is ten times as long, fails at once: perhaps only the first
// meets the fault, such as a connection that is dead.
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
	t.Errorf("%s took %v, want one of at most %v and none that hangs", what, took, bound)
}

// Of is how long a call takes.
func Of(call func()) time.Duration {
	start := time.Now()
	call()
	return time.Since(start)
}
