package attack

import "time"

// Most is how much processor time the answer to an attack may take; under the
// race detector, which makes this code some five times as slow, five times that.
const Most = 100 * time.Millisecond * raceFactor

// Cost is the processor time of this process for run, which unlike the time
// that passes does not depend on what else the machine does. Of up to five runs
// the cheapest counts, for the garbage of others may be collected in one; a run
// that keeps to Most is enough. None must find what an earlier one left in a
// cache.
func Cost(run func()) time.Duration {
	cheapest := time.Duration(1<<63 - 1)
	for range 5 {
		before := processorTime()
		run()
		if cheapest = min(cheapest, processorTime()-before); cheapest <= Most {
			break
		}
	}
	return cheapest
}
