package attack

import (
	"syscall"
	"time"
)

// goal is the CPU time that the response to an attack may cost on an ordinary
// machine. The race detector makes this code about five times as slow.
const goal = 100 * time.Millisecond * raceFactor

// MaxCost is the cost above which a test fails: a slow machine cannot explain it,
// only a missing limit.
const MaxCost = 5 * goal

// Cost returns the CPU time of this process for run, which depends less on other
// load of the machine than the elapsed time. It is the minimum of up to five runs,
// because one can include the garbage collection of earlier work; a run within the
// goal ends the measurement. A run must not use caches that an earlier run filled.
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

// processorTime returns the CPU time of this process.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // only for an invalid first argument
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
