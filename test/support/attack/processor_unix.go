//go:build unix

package attack

import (
	"syscall"
	"time"
)

// processorTime returns the CPU time of this process.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // only for an invalid first argument
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
