//go:build !unix

package attack

import "time"

var start = time.Now()

// processorTime is the time that has passed, where a process cannot tell its
// own.
func processorTime() time.Duration { return time.Since(start) }
