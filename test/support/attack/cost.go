package attack

import (
	"syscall"
	"time"
)

// MaxCost is the processor time that the response to an attack may cost: several times
// what the most expensive one takes, so that only a missing limit exceeds it. The race
// detector makes this code about five times as slow.
const MaxCost = time.Second * raceFactor

// Cost returns the processor time of this process for run, which depends less on other
// load of the machine than the elapsed time.
func Cost(run func()) time.Duration {
	before := processorTime()
	run()
	return processorTime() - before
}

// processorTime returns the processor time of this process.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // only for an invalid first argument
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
