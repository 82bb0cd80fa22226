//go:build unix

package attack

import (
	"syscall"
	"time"
)

// processorTime is what this process has used so far.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // only for an unknown first argument
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
