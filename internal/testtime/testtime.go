// Package testtime measures on a machine that does other things too.
package testtime

import (
	"testing"
	"time"
)

// Within checks that something takes at most so long. A run returns its time, so
// that what it needs beforehand does not count. Of up to five runs one has to
// keep to the bound: a pause of the machine makes one run late, a fault of the
// code each of them.
func Within(t testing.TB, what string, bound time.Duration, run func() time.Duration) {
	t.Helper()
	var took []time.Duration
	for range 5 {
		took = append(took, run())
		if took[len(took)-1] <= bound {
			return
		}
	}
	t.Errorf("%s took %v, want at most %v once", what, took, bound)
}

// Of is how long a call takes.
func Of(call func()) time.Duration {
	start := time.Now()
	call()
	return time.Since(start)
}
