package attack

import "time"

// goal is how much processor time the answer to an attack may take on a usual
// machine; under the race detector, which makes this code some five times as
// slow, five times that.
const goal = 100 * time.Millisecond * raceFactor

// MaxCost fails a test: so much that no slow machine is to blame, but a check that
// does not do its work.
const MaxCost = 5 * goal

// Cost is the processor time of this process for run, which unlike the time
// that passes does not depend on what else the machine does. Of up to five runs
// the cheapest counts, for the garbage of others may be collected in one; a run
// that keeps to the goal is enough. None must find what an earlier one left in a
// cache.
func Cost(run func()) time.Duration {
	cheapest := time.Duration(1<<63 - 1)
	for range 5 {
		before := processorTime()
		run()
		if cheapest = min(cheapest, processorTime()-before); cheapest <= goal {
			break
		}
	}
	return cheapest
}
